/** Below the charts: exact JSON, the tree of a config, events and lines in words, the feed, the gauges. */
import { describe, expect, it } from "vitest";
import type { GaugeView } from "../src/api-details";
import { declarationsOf } from "../src/details/declarations";
import { answers, eventWords, typesOf, TYPES } from "../src/details/events";
import { addTag, commitOf, hostWords } from "../src/details/facts";
import { frameOf, gaugeWords, groupsOf, isWhole, pathsOf, pointAt, stretches, withEvent } from "../src/details/gauges";
import { Digits, parseExact } from "../src/details/json";
import { answersLine, leastLevel, levelOf, plainLine } from "../src/details/log";
import { countLeaves, nodesOf, search } from "../src/details/tree";
import type { RunEvent } from "../src/wire";

const event = (type: string, rest: Partial<RunEvent> = {}): RunEvent => ({ type, step: null, ts: 0, ...rest });

describe("exact JSON", () => {
  it("keeps digits and reads all else as JSON does", () => {
    const text = ' {"a": [1.0, 3e-05, -0, 12345678901234567890], "b": {"": null}, "c": "x\\n\\u00e9\\"", "d": true} ';
    const digits = (value: unknown): unknown => (value instanceof Digits ? value.text : value);
    const found = parseExact(text) as Record<string, unknown>;
    expect((found.a as unknown[]).map(digits)).toEqual(["1.0", "3e-05", "-0", "12345678901234567890"]);
    expect([found.b, found.c, found.d]).toEqual([{ "": null }, 'x\né"', true]);
    expect(parseExact("[]")).toEqual([]);
    expect(Object.keys(parseExact('{"__proto__": 1}') as object)).toEqual(["__proto__"]);
  });

  it("refuses what is no JSON", () => {
    for (const text of ["", "{", "[1,]", "nul", "1 2", '{"a" 1}', "'a'"])
      expect(() => parseExact(text)).toThrow(SyntaxError);
  });
});

describe("the tree", () => {
  const nodes = nodesOf(
    parseExact('{"optimizer": {"betas": [0.9, 0.999], "weight decay": 1e-2}, "none": {}, "x": null}'),
  );

  it("has paths as one writes them in code", () => {
    const paths = (all: typeof nodes): string[] => all.flatMap((node) => [node.path, ...paths(node.children)]);
    expect(paths(nodes)).toEqual([
      "optimizer",
      "optimizer.betas",
      "optimizer.betas[0]",
      "optimizer.betas[1]",
      'optimizer["weight decay"]',
      "none",
      "x",
    ]);
    expect(nodes.map((node) => node.text)).toEqual(["2 keys", "{}", "null"]);
    expect(countLeaves(nodes)).toBe(5);
  });

  it("is searched by path and value, and shows what leads there", () => {
    expect(search(nodes, "0.999")[0]?.children[0]?.children.map((node) => node.text)).toEqual(["0.999"]);
    expect(countLeaves(search(nodes, "BETAS"))).toBe(2);
    expect(countLeaves(search(nodes, "optimizer 1e-2"))).toBe(1);
    expect(search(nodes, "nothing")).toEqual([]);
    expect(search(nodes, " ")).toEqual(nodes);
  });
});

it("later declarations tell what they changed, the newest first", () => {
  const events = [
    '{"id": "1", "type": "intent", "step": null, "ts": 1.5, "intent": {"accumulation": 4}}',
    '{"id": "2", "type": "config", "step": 7, "ts": 2, "config": {"lr": 1.0}}',
    '{"id": "3", "type": "intent", "step": null, "ts": 3, "intent": {"accumulation": 16}}',
    '{"id": "4", "type": "intent", "step": null, "ts": 4, "intent": {"accumulation": 16}}',
  ].map(parseExact);
  expect(declarationsOf(events)).toEqual([
    { id: "3", what: "intent", step: null, ts: 3, changes: [{ path: "accumulation", from: "4", to: "16" }] },
    { id: "2", what: "config", step: "7", ts: 2, changes: [{ path: "lr", from: null, to: "1.0" }] },
    { id: "1", what: "intent", step: null, ts: 1.5, changes: [{ path: "accumulation", from: null, to: "4" }] },
  ]);
});

describe("facts", () => {
  it("find the commit wherever a config tells of it", () => {
    expect(commitOf({ git: { commit: "9735c03" } })).toBe("9735c03");
    expect(commitOf({ GIT_SHA: "9735c03aa0e1" })).toBe("9735c03aa0e1");
    expect(commitOf({ commit: "the first", revision: "main", model: { revision_id: "abcdef0123" } })).toBe(
      "abcdef0123",
    );
    expect(commitOf({ seed: "1234567" })).toBeNull();
  });

  it("say the host, and put tags together", () => {
    expect(hostWords({ name: "n1", gpus: 8 })).toBe("name n1, gpus 8");
    expect(hostWords("vm")).toBe("vm");
    expect(hostWords(null)).toBe("");
    expect(addTag(["a"], " b, a ,, c ")).toEqual(["a", "b", "c"]);
  });
});

describe("events", () => {
  it("are told in one line", () => {
    expect(
      eventWords(event("nonfinite", { component: "train/lm_loss", value: "nan", action: "clamped_to_zero" })),
    ).toBe("lm_loss was NaN (set to zero)");
    expect(eventWords(event("gap", { records: 1200, from_step: 5, to_step: 900 }))).toBe(
      "1,200 records were lost before they could be sent, steps 5 to 900",
    );
    expect(eventWords(event("alert", { title: "Disk", text: "87%" }))).toBe("Disk: 87%");
    expect(eventWords(event("config", { config: { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8 } }))).toBe(
      "Declared: a, b, c, d, e, f and 2 more",
    );
    expect(eventWords(event("finish", { status: "failed", error: "ValueError" }))).toBe("failed: ValueError");
    expect(eventWords(event("epoch", { epoch: 0.5 }))).toBe("Epoch 0.5");
    expect(eventWords(event("note"))).toBe("");
  });

  it("are filtered by type and words", () => {
    expect(typesOf(new URLSearchParams("kind=note&kind=odd"))).toEqual(["note"]);
    expect(typesOf(new URLSearchParams())).toEqual(TYPES);
    const one = event("alert", { step: 250, title: "Disk is filling up", level: "warning" });
    expect(["", "disk 250", "WARNING", "alert"].map((words) => answers(one, words))).toEqual(Array(4).fill(true));
    expect(answers(one, "disk 251")).toBe(false);
  });
});

describe("lines of output", () => {
  it("lose what only a terminal reads", () => {
    expect(plainLine("\u001b[1;33mWARN\u001b[0m slow\u001b]0;title\u0007")).toBe("WARN slow");
    expect(plainLine("10%\r50%\r100%\r\nnext\tone\u0007")).toBe("100%\nnext\tone");
  });

  it("have levels by many names", () => {
    const line = (level: string, text = "x"): RunEvent => event("log", { level, text });
    expect(["WARN", "critical", "stdout", "trace"].map((level) => levelOf(line(level)))).toEqual([
      "warning",
      "error",
      "info",
      "debug",
    ]);
    expect(answersLine(line("info"), "warning", "")).toBe(false);
    expect(answersLine(line("error", "CUDA out of memory"), "warning", "memory cuda")).toBe(true);
    expect([leastLevel("error"), leastLevel("odd"), leastLevel(null)]).toEqual(["error", "all", "all"]);
  });
});

describe("gauges", () => {
  const gauge = (ts: number[], value: number[]): GaugeView => ({ count: ts.length, ts, value, min: value, max: value });

  it("have gaps where the run was silent", () => {
    expect(stretches([0, 10, 20, 30, 100, 110])).toEqual([
      [0, 3],
      [4, 5],
    ]);
    expect(stretches([5])).toEqual([[0, 0]]);
    expect(stretches([])).toEqual([]);
    const { line, band } = pathsOf(
      gauge([0, 10, 20, 100], [0, 5, 10, 10]),
      { from: 0, to: 100, low: 0, high: 10 },
      100,
      50,
    );
    expect(line).toBe("M0.0 50.0L10.0 25.0L20.0 0.0M100.0 0.0h2");
    expect(band.split("M")).toHaveLength(3);
  });

  it("keep the scale of a percentage, and show a constant in the middle", () => {
    expect(frameOf("gpu/util", gauge([0, 1], [40, 60]), 0, 1)).toEqual({ from: 0, to: 1, low: 0, high: 100 });
    expect(frameOf("memory_gb", gauge([0, 1], [0, 0]), 0, 1)).toEqual({ from: 0, to: 1, low: -1, high: 1 });
  });

  it("say their figures with the unit of their names", () => {
    expect(gaugeWords("host/rss_bytes", 8e9)).toBe("8.00 GB");
    expect(gaugeWords("gpu/0/util", 81.44)).toBe("81.4 %");
    expect(gaugeWords("gpu/0/temperature", 61, true)).toBe("61 °C");
    expect(gaugeWords("gpu/0/memory_gb", 71.5)).toBe("71.5 GB");
    expect(gaugeWords("load", undefined)).toBe("–");
    expect(gaugeWords("load", 3)).toBe("3.00");
    expect([isWhole(gauge([0, 1], [3, 4])), isWhole(gauge([0, 1], [3, 4.5]))]).toEqual([true, false]);
  });

  it("grow by what comes, once", () => {
    const page = { from: 0, to: 10, gauges: { a: gauge([0, 10], [1, 2]) } };
    const grown = withEvent(page, event("system", { ts: 20, values: { a: 3, b: 4, c: "nan" } }));
    expect(grown.gauges.a?.value).toEqual([1, 2, 3]);
    expect(grown.gauges.b?.ts).toEqual([20]);
    expect([grown.to, Object.keys(grown.gauges)]).toEqual([20, ["a", "b"]]);
    expect(withEvent(grown, event("system", { ts: 20, values: { a: 3 } })).gauges.a?.value).toEqual([1, 2, 3]);
    expect(withEvent(page, event("system", { values: null })).gauges).toEqual(page.gauges);
  });

  it("are read at a time, and stand in groups in the order of their numbers", () => {
    expect([-1, 0, 15, 99].map((at) => pointAt(gauge([0, 10, 20], [1, 2, 3]), at))).toEqual([0, 0, 1, 2]);
    const gauges = { "gpu/10/util": gauge([], []), "gpu/2/util": gauge([], []), load: gauge([], []) };
    expect(groupsOf({ from: 0, to: 1, gauges })).toEqual([
      ["gpu", ["gpu/2/util", "gpu/10/util"]],
      ["", ["load"]],
    ]);
  });
});

/** What cards are made of: pins, choices, files and the rows of their tables. */
import { describe, expect, it } from "vitest";
import { tabbed } from "../src/chart/actions/csv";
import { fileName, plainName } from "../src/chart/actions/files";
import { parsePins, pinned } from "../src/chart/actions/pins";
import { alertKeys, wordsFor } from "../src/chart/actions/words-of-files";
import { chosenFrom, toldOf, without } from "../src/chart/choices";
import { figure } from "../src/chart/figure";
import { expanded, rowsOf, stepsOf } from "../src/chart/rows";
import { nothing, WAITING, type Board, type Spec } from "../src/chart/spec";
import { stateOf } from "../src/chart/standing";
import type { Run } from "../src/wire";

const spec = (id: string): Spec => ({ id, title: id, switches: [], keys: () => [], picture: () => nothing("") });
const format = String;

describe("pins", () => {
  it("bring their charts in the order in which they were pinned", () => {
    const specs = ["a", "b", "c"].map(spec);
    expect(pinned(specs, ["c", "gone", "a"]).map(({ id }) => id)).toEqual(["c", "a"]);
  });

  it("that were stored wrongly are none", () => {
    expect(parsePins('{"p": ["a", 1], "q": "b"}')).toEqual({ p: ["a"] });
    for (const text of [null, "", "[]", "null", "{"]) expect(parsePins(text)).toEqual({});
  });
});

describe("choices", () => {
  const switches = [
    { name: "View", options: ["raw", "share"] },
    { name: "Phase", options: ["train", "eval"] },
  ];

  it("come from the address where they are options, else they are the first", () => {
    expect(chosenFrom(["x:raw:eval", "c:share:none"], { id: "c", switches })).toEqual(["share", "train"]);
    expect(chosenFrom([], { id: "c", switches })).toEqual(["raw", "train"]);
  });

  it("of one chart are not those of another whose name begins alike", () => {
    expect(toldOf(["train:a", "train-eval:b"], "train")).toEqual(["a"]);
  });

  it("to hide a line take its raw curve, its band and the marks on it", () => {
    const line = { step: [1], value: [1] };
    const mark = { step: 1, value: 1, shape: "nan" as const, text: "" };
    const full = figure({
      lines: [
        { ...line, name: "kd_loss, as logged", colour: "s1" },
        { ...line, name: "kd_loss", colour: "s1" },
        { ...line, name: "lm_loss", colour: "s2" },
      ],
      bands: [{ step: [1], low: [1], high: [1], colour: "s1" }],
      marks: [{ ...mark, of: "train/kd_loss" }, mark],
    });
    const labels = [{ name: "kd_loss", colour: "s1" as const, text: "" }];
    const left = without(full, labels, ["kd_loss"]);
    expect(left.lines.map(({ name }) => name)).toEqual(["lm_loss"]);
    expect([left.bands, left.marks]).toEqual([[], [mark]]);
    expect(without(full, labels, ["lm_loss"])).toBe(full);
  });
});

describe("files", () => {
  it("have names that every system takes", () => {
    expect(fileName("run 1/é", "Loss, train", "csv")).toBe("run-1-e-Loss-train.csv");
    expect(plainName("../..")).toBe("chart");
    expect(plainName("x".repeat(200))).toHaveLength(80);
  });

  it("name the only series on the axis, or what several have in common", () => {
    const run = { id: "r", name: "mine", project: "p" } as unknown as Run;
    const column = (name: string) => ({ name, step: [], value: [], format });
    const picture = { ...nothing(""), headline: "1 at 2", columns: [column("lr")] };
    expect(wordsFor(spec("LR"), picture, run)).toEqual({
      title: "LR",
      subtitle: "mine · p · 1 at 2",
      x: "step",
      y: "lr",
    });
    const two = { ...picture, columns: [column("a"), column("b")] };
    expect(wordsFor(spec("LR"), two, run).y).toBe("value");
  });

  it("of text hold the table in full, and no cell can end early", () => {
    const columns = [{ name: "a\tb", step: [1, 2], value: [0.1 + 0.2, NaN], format }];
    expect(tabbed(columns)).toBe("step\ta b\n1\t0.30000000000000004\n2\tnot finite");
  });
});

it("rules can be about every series of a chart but the weights", () => {
  const board = { run: { roles: { w: "weight" } } } as unknown as Board;
  expect(alertKeys({ keys: () => ["a", "w"] }, board)).toEqual(["a"]);
});

describe("rows", () => {
  const thinned = { low: [1, 3], high: [5, 4] };
  const columns = [
    { name: "a", step: [10, 20], value: [2, 4], format, thinned },
    { name: "b", step: [20], value: [7], format },
  ];

  it("have the extremes beside a value that stands for many", () => {
    expect(expanded(columns).map(({ name }) => name)).toEqual(["a", "a, least", "a, greatest", "b"]);
    expect(rowsOf(columns, 9, "up").map(({ step, cells }) => [step, ...cells])).toEqual([
      [10, "2", "1", "5", ""],
      [20, "4", "3", "4", "7"],
    ]);
  });

  it("begin at either end", () => {
    expect(stepsOf(columns, "down")).toEqual([20, 10]);
    expect(rowsOf(columns, 1, "down").map(({ step }) => step)).toEqual([20]);
    expect(rowsOf(columns, 1, "up").map(({ step }) => step)).toEqual([10]);
  });
});

describe("in the place of a chart stands", () => {
  it("nothing once it can be drawn", () => {
    expect(stateOf("", "", "ready", "open")).toBeNull();
  });

  it("a wait while its points or the library are on their way", () => {
    expect(stateOf(WAITING, "", "ready", "open")?.isWait).toBe(true);
    expect(stateOf("", "", "loading", "open")?.isWait).toBe(true);
  });

  it("what to log, or what went wrong", () => {
    expect(stateOf("Log it as lr.", "", "failed", "open")).toEqual({ words: "Log it as lr." });
    expect(stateOf("", "", "failed", "open")?.isFault).toBe(true);
    expect(stateOf("", "bad", "ready", "open")?.words).toBe("This chart could not be drawn: bad");
    expect(stateOf(WAITING, "", "ready", "waiting")?.words).toContain("The connection was lost");
  });
});

/** What cards are made of: pins, choices, files and the rows of their tables. */
import { describe, expect, it } from "vitest";
import { tabbed } from "../src/chart/actions/csv";
import { fileName, plainName } from "../src/chart/actions/files";
import { parsePins, pinned } from "../src/chart/actions/pins";
import { alertKeys, wordsFor } from "../src/chart/actions/words-of-files";
import { chosenFrom, toldOf, without } from "../src/chart/choices";
import { figure } from "../src/chart/figure";
import { grouped, groupWords } from "../src/chart/mark-groups";
import { runMarks } from "../src/chart/marks";
import { expanded, rowsOf, stepsOf } from "../src/chart/rows";
import { nothing, WAITING, type Board, type Spec } from "../src/chart/spec";
import { stateOf } from "../src/chart/standing";
import { describe as describeChart } from "../src/chart/words";
import { components } from "../src/chart/components";
import { trainAndEval, trainLoss } from "../src/chart/losses";
import { trackOf } from "../src/series";
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

describe("marks", () => {
  const placed = (x: number, y: number, step: number) => ({
    mark: { step, value: null, shape: "note" as const, text: `at ${step}` },
    x,
    y,
  });

  it("that crowd are one group, of those that stand within a finger's reach", () => {
    const groups = grouped([
      placed(30, 5, 140),
      placed(10, 5, 100),
      placed(12, 5, 100),
      placed(40, 5, 150),
      placed(12, 90, 101),
    ]);
    expect(groups.map(({ x, marks }) => [x, marks.map(({ step }) => step)])).toEqual([
      [10, [100, 100, 140]],
      [12, [101]],
      [40, [150]],
    ]);
  });

  it("say what they are alone, and where they are together", () => {
    const mark = (step: number) => placed(0, 0, step).mark;
    expect(groupWords([mark(100)])).toBe("at 100");
    expect(groupWords([mark(100), mark(100)])).toBe("2 marks, step 100");
    expect(groupWords([mark(1400), mark(100), mark(120)])).toBe("3 marks, steps 100 to 1,400");
  });

  it("of alerts that the user's code raised, and of gaps, have their words", () => {
    const event = { id: 1, ts: 0, step: 7 };
    const marks = runMarks([
      { ...event, type: "alert", title: "too warm", text: "81 degrees", level: "error" },
      { ...event, type: "gap", step: null, from_step: 3, to_step: 9, records: 1200 },
      { ...event, type: "log", text: "a line" },
    ]);
    expect(marks.map(({ step, text }) => [step, text])).toEqual([
      [7, "too warm: 81 degrees (error, raised by your code at step 7)"],
      [3, "1,200 records were lost, step 3 to 9: the client had no room to keep them"],
    ]);
  });
});

describe("a chart in words", () => {
  const column = (value: number[], more: object = {}) => ({
    name: "loss",
    step: value.map((_, index) => index + 1),
    value,
    format: (one: number) => one.toFixed(1),
    ...more,
  });
  const inWords = (value: number[], more: object = {}) =>
    describeChart("Loss", { ...nothing(""), columns: [column(value, more)] });

  it("tells the way, the ends, the extremes with their steps, and how it goes on", () => {
    const falling = Array.from({ length: 40 }, (_, index) => 8 * 0.8 ** index);
    expect(inWords(falling)).toBe(
      "Loss. loss falls, from 8.0 at step 1 to 0.0 at step 40, level in the last quarter; " +
        "least 0.0 at step 40, greatest 8.0 at step 1.",
    );
    const turned = [9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1, 1, 1, 2, 3, 4];
    expect(inWords(turned)).toContain("rising again in the last quarter");
    expect(inWords(turned.map((one) => -one).reverse())).toContain("loss falls");
    expect(inWords([1, 2, 3, 4, 5, 6, 7, 8, 9])).toContain("still rising in the last quarter");
  });

  it("does not read a way into noise, a constant or a single point", () => {
    expect(inWords([1, 2, 1, 2, 1, 2, 1, 2, 1])).toContain("loss wavers without a trend, from 1.0 at step 1");
    expect(inWords([2, 2, 2])).toBe("Loss. loss stays at 2.0 from step 1 to step 3.");
    expect(inWords([2])).toBe("Loss. loss is 2.0 at step 1.");
    expect(inWords([NaN])).toBe("Loss. loss: no finite value.");
  });

  it("knows the extremes that a thinned line does not show", () => {
    const told = inWords([3, 2, 1], { thinned: { low: [3, 2, 0.5], high: [3, 9, 1] } });
    expect(told).toContain("least 0.5 at step 3, greatest 9.0 at step 2");
  });
});

it("a key has one colour on every chart that shows it", () => {
  const keys = {
    "train/loss": "train.loss",
    "eval/loss": "eval.loss",
    "train/kd": "train.component",
    "eval/kd": "eval.component",
  };
  const track = trackOf({ step: [1, 2], ts: [0, 0], value: [2, 1] });
  const run = { id: "r", state: "running", roles: keys } as unknown as Run;
  const told = { events: [], alerts: [], shown: null, declared: null };
  const board: Board = { run, keys: Object.keys(keys).sort(), ...told, track: () => track };
  const coloursOf = (chart: Spec, chosen: string[] = []) =>
    Object.fromEntries(chart.picture(board, chosen).figure.lines.map(({ name, colour }) => [name, colour]));
  expect(coloursOf(trainLoss)["train/loss"]).toBe(coloursOf(trainAndEval)["train/loss"]);
  expect(coloursOf(components, ["raw", "train"]).kd).toBe(coloursOf(components, ["raw", "eval"]).kd ?? "none");
});

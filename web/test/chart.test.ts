/** Charts as data: what each role shows of a run. */
import { describe, expect, it } from "vitest";
import { coloursOf } from "../src/chart/colours";
import { components } from "../src/chart/components";
import { learningRate } from "../src/chart/learning-rate";
import { trainLoss } from "../src/chart/losses";
import { nonfiniteMarks } from "../src/chart/nonfinite";
import { escapeText, wrapped } from "../src/chart/plot-text";
import { otherGroups, roleSpecs } from "../src/chart/roles";
import type { Board, Shown } from "../src/chart/spec";
import { rowsOf } from "../src/chart/rows";
import { trackOf, type Track } from "../src/series";
import type { Alert, Intent, RunEvent, Run } from "../src/wire";

interface Given {
  tracks: Record<string, Track>;
  roles: Record<string, string>;
  events?: RunEvent[];
  intent?: Intent;
  alerts?: Alert[];
  shown?: Shown | null;
}

function boardOf({ tracks, roles, events = [], intent = {}, alerts = [], shown = null }: Given): Board {
  const run = { id: "r", state: "running", roles, intent } as unknown as Run;
  const keys = Object.keys(tracks).sort();
  return { run, keys, events, alerts, shown, track: (key) => tracks[key], declared: null };
}

const track = (value: (number | null)[]) =>
  trackOf({ step: value.map((_, index) => index + 1), ts: value, value } as never);
const nan = (step: number, component: string, action: string): RunEvent => ({
  type: "nonfinite",
  step,
  ts: 0,
  component,
  value: "nan",
  action,
});

describe("non-finite marks", () => {
  it("stand on the line at the last finite value, with component and action in words", () => {
    const [mark] = nonfiniteMarks(track([5, 4, 3]), "train/loss", [nan(2, "lm_loss", "clamped_to_zero")]);
    expect(mark).toEqual({
      step: 2,
      value: 4,
      shape: "nan",
      text: "lm_loss was NaN at step 2: set to zero (clamped_to_zero)",
      of: "train/loss",
    });
  });

  it("of a point that the trainer reported too are one mark", () => {
    const line = track([5, null, 3]);
    line.nonfinite.push({ step: 2, last_step: 2, kind: "nan", count: 1 });
    const marks = nonfiniteMarks(line, "train/lm_loss", [nan(2, "train/lm_loss", "none")]);
    expect(marks.map(({ value, shape }) => [value, shape])).toEqual([[5, "nan"]]);
  });

  it("of the series alone carry the shape of their kind", () => {
    const line = track([5, null]);
    line.nonfinite.push({ step: 2, last_step: 9, kind: "-inf", count: 8 });
    const [mark] = nonfiniteMarks(line, "grad_norm", []);
    expect(mark?.shape).toBe("-inf");
    expect(mark?.text).toBe("grad_norm was −Inf 8 times, steps 2 to 9");
  });
});

it("the train loss shows marks of components that have no series of their own", () => {
  const board = boardOf({
    tracks: { "train/loss": track([2, 1]) },
    roles: { "train/loss": "train.loss" },
    events: [nan(2, "lm_loss", "none")],
  });
  expect(trainLoss.picture(board, []).figure.marks).toHaveLength(1);
});

it("a learning rate keeps its digits, and zero is called exact", () => {
  const of = (value: number): string => {
    const board = boardOf({ tracks: { lr: track([value]) }, roles: { lr: "lr" } });
    return learningRate.picture(board, []).headline;
  };
  expect(of(7.965738758029979e-6)).toBe("7.97e-6 at 1");
  expect(of(0)).toBe("0 (exact) at 1");
});

describe("loss components", () => {
  const roles = { "eval/kd_loss": "eval.component", "eval/feature_loss": "eval.component", "eval/loss": "eval.loss" };
  const tracks = { "eval/kd_loss": track([14.85]), "eval/feature_loss": track([41.22]), "eval/loss": track([95.86]) };
  const intent: Intent = {
    losses: { kd_loss: { weight: 0.7 }, feature_loss: { weight: 0.1 }, lm_loss: { weight: 0.1 } },
  };

  it("of the phase that has any are shown raw", () => {
    const picture = components.picture(boardOf({ tracks, roles, intent }), ["raw", "train"]);
    expect(picture.labels.map(({ name, text }) => [name, text])).toEqual([
      ["kd_loss", "14.85"],
      ["feature_loss", "41.22"],
    ]);
    expect(picture.caption).toBe("Declared, but not logged in eval: lm_loss.");
  });

  it("weighted say what the logged total is beside their sum", () => {
    const picture = components.picture(boardOf({ tracks, roles, intent }), ["weighted", "eval"]);
    expect(picture.headline).toBe("sum 14.52");
    expect(picture.caption).toContain("Logged eval/loss: 95.86.");
  });

  it("as shares of a few steps are bars beside the declared weights", () => {
    const bars = components.picture(boardOf({ tracks, roles, intent }), ["share", "eval"]).figure.bars;
    expect(bars?.rows).toEqual(["declared weights, of those logged", "observed at step 1"]);
    const total = bars?.parts.reduce((sum, part) => sum + (part.values[1] ?? 0), 0);
    expect(total).toBeCloseTo(1, 12);
  });

  it("without any weight say so instead of inventing one", () => {
    expect(components.picture(boardOf({ tracks, roles }), ["share", "eval"]).empty).toContain("No weight is known");
  });
});

describe("the board", () => {
  const roles = { "train/loss": "train.loss", lr: "lr", "train/weight/kd": "weight" };
  const tracks = {
    "train/loss": track([1]),
    lr: track([1]),
    "train/weight/kd": track([1]),
    "gpu/temp": track([1]),
    misc: track([1]),
  };

  it("has only charts with data for a run that has ended, and every place for one that is alive", () => {
    const board = boardOf({ tracks, roles });
    expect(roleSpecs(board, false).map(({ id }) => id)).toEqual(["train-loss", "lr"]);
    expect(roleSpecs(board, true)).toHaveLength(7);
  });

  it("groups every other series by the first part of its path", () => {
    const board = boardOf({ tracks, roles });
    const groups = otherGroups(board, roleSpecs(board, false));
    expect(groups.map(({ name, specs }) => [name, specs.map(({ title }) => title)])).toEqual([
      ["gpu", ["gpu/temp"]],
      ["train", ["train/weight/kd"]],
      ["", ["misc"]],
    ]);
  });
});

it("colours do not depend on the order of arrival, and differ within a chart", () => {
  const names = ["kd_loss", "feature_loss", "attention_loss", "lm_loss", "zeta", "alpha"];
  const there = coloursOf(names);
  const back = coloursOf([...names].reverse());
  expect(names.map((name) => there.get(name))).toEqual(names.map((name) => back.get(name)));
  expect(new Set(there.values()).size).toBe(names.length);
});

it("what users wrote cannot become markup in a chart", () => {
  expect(escapeText('<a href="x">&</a>')).toBe('&lt;a href="x"&gt;&amp;&lt;/a&gt;');
});

it("a long text in a chart is broken between words, and loses none", () => {
  const text = "The learning rate is 0 at update 129, where 8.29e-06 is due (critical, since step 128)";
  const lines = wrapped(text);
  expect(lines.join(" ")).toBe(text);
  expect(lines).toHaveLength(2);
  expect(wrapped("x".repeat(99))).toHaveLength(1);
});

it("a table joins its columns by step, the newest first", () => {
  const format = String;
  const rows = rowsOf(
    [
      { name: "a", step: [1, 2], value: [10, NaN], format },
      { name: "b", step: [2, 3], value: [20, 30], format },
    ],
    300,
  );
  expect(rows.map(({ step, cells }) => [step, ...cells])).toEqual([
    [3, "", "30"],
    [2, "not finite", "20"],
    [1, "10", ""],
  ]);
});

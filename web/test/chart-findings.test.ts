/** Findings on the charts of their series. */
import { describe, expect, it } from "vitest";
import { figure } from "../src/chart/figure";
import { chartOf, seriesOf, withFindings } from "../src/chart/findings";
import { learningRate } from "../src/chart/learning-rate";
import { trainAndEval, trainLoss } from "../src/chart/losses";
import { nothing, type Board } from "../src/chart/spec";
import { describe as inWords } from "../src/chart/words";
import type { Alert } from "../src/wire";
import { alertOf } from "./made";

const roles = { "train/loss": "train.loss", "eval/loss": "eval.loss", lr: "lr", "eval/kd_loss": "eval.component" };
const boardOf = (alerts: Alert[], shown: Board["shown"] = null): Board => ({
  run: { id: "r", state: "running", roles } as unknown as Board["run"],
  keys: Object.keys(roles).sort(),
  events: [],
  alerts,
  shown,
  track: () => undefined,
  declared: null,
});

describe("a finding", () => {
  const alert = alertOf(
    "a",
    { title: "The rate is 0", severity: "critical", opened_step: 128, last_step: 2064 },
    { window: { from_step: 96, to_step: 2064 } },
  );

  it("has its mark and its band on the charts of its series, and nowhere else", () => {
    const { marks, spans } = withFindings(figure(), ["lr"], boardOf([alert]));
    const text = "The rate is 0 (critical, since step 128)";
    expect(marks).toEqual([{ step: 128, value: null, shape: "critical", text, alert: "a" }]);
    expect(spans).toEqual([{ from: 96, to: 2064, severity: "critical" }]);
    expect(withFindings(figure(), ["train/loss"], boardOf([alert])).marks).toEqual([]);
  });

  it("keeps its mark, without the band, when it is resolved or a note", () => {
    for (const more of [{ state: "resolved" }, { severity: "info" }] as const) {
      const { marks, spans } = withFindings(figure(), ["lr"], boardOf([{ ...alert, ...more }]));
      expect([marks.length, spans.length]).toEqual([1, 0]);
    }
  });

  it("is told in words as well", () => {
    const picture = {
      ...nothing(""),
      figure: withFindings(figure(), ["lr"], boardOf([alert], { ...shown, keys: ["lr"] })),
    };
    const words = "The rate is 0 (critical, since step 128). Step 7 is marked.";
    expect(inWords("Learning rate", picture)).toBe(`Learning rate. ${words}`);
  });
});

const shown = { id: "a", step: 7, keys: ["eval/loss"] };

it("bands that overlap are one, as bad as the worst", () => {
  const span = (id: string, from: number, to: number, severity: Alert["severity"]) =>
    alertOf(id, { opened_step: from, last_step: to, severity }, { window: { from_step: from, to_step: to } });
  const alerts = [span("a", 10, 20, "warning"), span("b", 15, 30, "critical"), span("c", 40, 50, "warning")];
  expect(withFindings(figure(), ["lr"], boardOf(alerts)).spans).toEqual([
    { from: 10, to: 30, severity: "critical" },
    { from: 40, to: 50, severity: "warning" },
  ]);
});

it("a step that is pointed out stands on the charts of its series", () => {
  expect(withFindings(figure(), ["train/loss", "eval/loss"], boardOf([], shown)).shown).toBe(7);
  expect(withFindings(figure(), ["lr"], boardOf([], shown)).shown).toBeNull();
});

it("a component is found by its name, else the train loss stands in for it", () => {
  const board = boardOf([]);
  expect(seriesOf(["lr", "gone"], board)).toEqual(["lr"]);
  expect(seriesOf(["kd_loss"], board)).toEqual(["eval/kd_loss"]);
  expect(seriesOf(["lm_loss"], board)).toEqual(["train/loss"]);
});

it("the chart of a finding is that of its first series", () => {
  const specs = [trainLoss, trainAndEval, learningRate];
  const of = (keys: string[]) => chartOf(keys, specs, boardOf([]))?.id;
  expect([of(["eval/loss", "train/loss"]), of(["lr"]), of(["lm_loss"])]).toEqual(["train-eval", "lr", "train-loss"]);
  expect(chartOf(["lr"], [trainLoss], boardOf([]))).toBeUndefined();
});

it("bars have no steps to mark", () => {
  const bars = figure({ bars: { rows: [], parts: [] } });
  expect(withFindings(bars, ["lr"], boardOf([alertOf("a")]))).toBe(bars);
});

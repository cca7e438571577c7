/** The words of the views: states, verdict, epochs, the order of the runs. */
import { describe, expect, it } from "vitest";
import { alertHref, changed, compareHref, parseQuery, parseRoute, ruleHref, runHref } from "../src/route";
import { example } from "../src/views/empty";
import { epochMarks, epochOf } from "../src/views/facts";
import { sparkPath } from "../src/views/spark";
import { nonfiniteSentences, stateSentence } from "../src/views/verdict";
import type { Run, RunEvent } from "../src/wire";

const run = (more: Partial<Run>): Run => ({
  id: "r",
  project: "p",
  name: "n",
  state: "running",
  state_reason: null,
  created_at: 0,
  started_at: 0,
  ended_at: null,
  last_event_at: 100,
  ...more,
});
const progress = { step: 2065, total_steps: 74_823, fraction: 0.0276, steps_per_s: 2.45, eta_s: 29_700 };

describe("the state in a sentence", () => {
  it.each<[Partial<Run>, string]>([
    [{ progress }, "Running at step 2,065 of 74,823."],
    [{ progress, stop_requested: true }, "Asked to stop, still running at step 2,065 of 74,823."],
    [{ state: "failed", state_reason: "ValueError: no." }, "Failed: ValueError: no."],
    [{ state: "finished" }, "Finished."],
    [{ state: "lost" }, "Lost: the trainer fell silent; last event 20 s ago."],
  ])("of %o", (more, words) => {
    expect(stateSentence(run(more), 120)).toBe(words);
  });
});

it("non-finite values are counted by component, kind and action", () => {
  const event = (step: number, action: string): RunEvent => ({
    type: "nonfinite",
    step,
    ts: 0,
    component: "lm_loss",
    value: "nan",
    action,
  });
  const events = [event(3, "skipped_step"), event(7, "skipped_step"), event(9, "clamped_to_zero")];
  expect(nonfiniteSentences(run({}), events)).toEqual([
    "lm_loss was NaN twice (the update was skipped)",
    "lm_loss was NaN once at step 9 (set to zero)",
  ]);
});

it("epochs follow from the declared length", () => {
  const one = run({ progress, intent: { steps_per_epoch: 24_941, epochs: 3 } });
  expect(epochOf(one)).toBeCloseTo(0.0828, 4);
  expect(epochMarks(one)).toEqual([24_941 / 74_823, 49_882 / 74_823]);
  expect(epochMarks(run({ progress: { ...progress, total_steps: null } }))).toEqual([]);
});

it("routes are read back as they were written", () => {
  expect(parseRoute(runHref("a.b-c_1"))).toEqual({ view: "run", id: "a.b-c_1" });
  expect([parseRoute(""), parseRoute("#/"), parseRoute("#/runs")]).toEqual(Array(3).fill({ view: "runs" }));
  expect(parseRoute("#/elsewhere")).toEqual({ view: "lost" });
  expect(parseRoute("#/runs/%E0%A4%A")).toEqual({ view: "lost" });
  expect(parseRoute(ruleHref("a/b c"))).toEqual({ view: "rule", id: "a/b c" });
  expect(parseRoute(alertHref("r1", "a1"))).toEqual({ view: "run", id: "r1" });
  expect(parseRoute("#/constructor")).toEqual({ view: "lost" });
});

it("a sparkline breaks at what is missing", () => {
  expect(sparkPath([1, 2, null, 1, 2]).match(/M/g)).toHaveLength(2);
  expect(sparkPath([1])).toBe("");
});

it("the example has twelve lines and this server's address", () => {
  const text = example("http://127.0.0.1:7460");
  expect(text.trimEnd().split("\n")).toHaveLength(12);
  expect(text).toContain('server="http://127.0.0.1:7460"');
});

it("the state of a view lies behind its route, and a change of it leaves the rest alone", () => {
  expect(parseQuery(compareHref(["a", "b&c"])).getAll("run")).toEqual(["a", "b&c"]);
  expect(parseQuery("#/alerts").toString()).toBe("");
  expect(changed("#/?q=x&sort=loss", { q: null, group: "project" })).toBe("#/?sort=loss&group=project");
  expect(changed("", { q: "a b" })).toBe("#/?q=a+b");
  expect(changed("#/alerts?state=firing", { state: null })).toBe("#/alerts");
});

/** What judgement says, arranged: incidents, their places, the verdict and the coverage. */
import { describe, expect, it } from "vitest";
import { arrange, aspectOf, byReason, countsOf, incidentsOf, isSilenced } from "../src/findings";
import { shortly, verdictOf } from "../src/verdict";
import type { Health, Run } from "../src/wire";
import { alertOf } from "./made";

const health = (more: Partial<Health> = {}): Health => ({
  verdict: "healthy",
  firing: { critical: 0, warning: 0, info: 0 },
  checks: { passing: 23, pending: 0, firing: 0, not_checked: 4 },
  through_step: 500,
  ...more,
});
const runOf = (more: Partial<Run> = {}): Run =>
  ({ id: "r", state: "running", ended_at: null, last_step: 500, health: health(), ...more }) as Run;
const ids = (found: readonly { root: { id: string } }[]): string[] => found.map((one) => one.root.id);

describe("incidents", () => {
  it("hold what follows from them, however far, and are as bad as the worst of it", () => {
    const alerts = [
      alertOf("c", { parent: "b", severity: "critical" }),
      alertOf("b", { parent: "a", severity: "info" }),
      alertOf("a", { severity: "warning" }),
    ];
    const [only, ...none] = incidentsOf(alerts, "firing");
    expect(none).toEqual([]);
    expect([only?.root.id, only?.follows.map(({ id }) => id), only?.severity]).toEqual(["a", ["c", "b"], "critical"]);
  });

  it("come worst first, then oldest first", () => {
    const alerts = [
      alertOf("late", { opened_step: 9 }),
      alertOf("note", { severity: "info", opened_step: 0 }),
      alertOf("early", { opened_step: 1 }),
      alertOf("bad", { severity: "critical", opened_step: 99 }),
    ];
    expect(ids(incidentsOf(alerts, "firing"))).toEqual(["bad", "early", "late", "note"]);
  });

  it("whose parent is resolved stand alone", () => {
    const alerts = [alertOf("a", { state: "resolved" }), alertOf("b", { parent: "a" })];
    expect(ids(incidentsOf(alerts, "firing"))).toEqual(["b"]);
  });

  it("that name each other as parents are still shown", () => {
    const alerts = [alertOf("a", { parent: "b" }), alertOf("b", { parent: "a" })];
    const shown = incidentsOf(alerts, "firing").flatMap(({ root, follows }) => [
      root.id,
      ...follows.map(({ id }) => id),
    ]);
    expect(new Set(shown)).toEqual(new Set(["a", "b"]));
  });
});

describe("the places of incidents", () => {
  it("stay: what comes later goes behind, even if it is worse", () => {
    const first = arrange([alertOf("a")], null);
    const second = arrange([alertOf("a"), alertOf("worse", { severity: "critical" })], first.places);
    expect(ids(second.open)).toEqual(["a", "worse"]);
    expect(ids(arrange([alertOf("a"), alertOf("worse", { severity: "critical" })], null).open)).toEqual(["worse", "a"]);
  });

  it("stay when one is resolved", () => {
    const first = arrange([alertOf("a"), alertOf("b")], null);
    const second = arrange([alertOf("a", { state: "resolved" }), alertOf("b")], first.places);
    expect(ids(second.open)).toEqual(["a", "b"]);
    expect(ids(arrange([alertOf("a", { state: "resolved" }), alertOf("b")], null).resolved)).toEqual(["a"]);
  });

  it("are inherited by a cause that is found later", () => {
    const first = arrange([alertOf("a"), alertOf("b")], null);
    const second = arrange([alertOf("a", { parent: "root" }), alertOf("b"), alertOf("root")], first.places);
    expect(ids(second.open)).toEqual(["root", "b"]);
  });

  it("of what comes later are kept back where it would push, until it is asked for", () => {
    const first = arrange([alertOf("a")], null, true);
    const alerts = [alertOf("a"), alertOf("b", { severity: "critical" })];
    const second = arrange(alerts, first.places, true);
    expect([ids(second.open), ids(second.held)]).toEqual([["a"], ["b"]]);
    expect(ids(arrange(alerts, second.places).open)).toEqual(["a", "b"]);
  });

  it("change for a note that grows into a warning", () => {
    const first = arrange([alertOf("a", { severity: "info" })], null);
    expect(ids(first.notes)).toEqual(["a"]);
    const second = arrange([alertOf("a")], first.places);
    expect([ids(second.notes), ids(second.open)]).toEqual([[], ["a"]]);
  });
});

describe("the verdict", () => {
  it("is the title of the worst, since when, and the others in a few words", () => {
    const alerts = [
      alertOf("lr", { rule: "lr-exhausted", severity: "critical", title: "The learning rate is 0", opened_step: 128 }),
      alertOf("nan", { rule: "nonfinite", subject: "lm_loss", opened_step: 1118 }),
      alertOf("child", { rule: "lr-stuck", parent: "lr" }),
      alertOf("note", { severity: "info" }),
    ];
    const run = runOf({ progress: { step: 2065, total_steps: 74_823, fraction: 0.03, steps_per_s: 1, eta_s: 1 } });
    expect(verdictOf(run, alerts)).toEqual({
      aspect: "critical",
      sentence: "The learning rate is 0.",
      rest: "Since step 128 of 74,823. One more: lm_loss was NaN or infinite.",
      about: "lr",
    });
  });

  it("of a healthy run is calm and says what it rests on", () => {
    expect(verdictOf(runOf(), [])).toEqual({
      aspect: "healthy",
      sentence: "Nothing wrong can be seen.",
      rest: "23 checks pass through step 500; 4 could not be made.",
    });
    const noted = runOf({ health: health({ firing: { critical: 0, warning: 0, info: 1 } }) });
    expect(verdictOf(noted, []).rest).toContain("1 note.");
  });

  it("says how far behind it is", () => {
    const run = runOf({ last_step: 701, health: health({ through_step: 500 }) });
    expect(verdictOf(run, []).rest).toContain("Judged through step 500 of 701 so far.");
    expect(verdictOf(runOf({ last_step: 700 }), []).rest).not.toContain("so far");
  });

  it("is unknown, not healthy, where nothing could be looked at", () => {
    const checks = { passing: 0, pending: 0, firing: 0, not_checked: 27 };
    const blind = verdictOf(runOf({ health: health({ verdict: "unknown", checks }) }), []);
    expect([blind.aspect, blind.sentence]).toEqual(["unknown", "Too little is logged to judge this run."]);
    expect(blind.rest).toContain("None of 27 checks");
    const none = verdictOf(runOf({ health: null }), []);
    expect([none.aspect, none.sentence]).toEqual(["unknown", "Not judged yet."]);
    expect(verdictOf(runOf({ health: null, ended_at: 1 }), []).sentence).toBe("This run is not judged.");
  });

  it("counts what the run tells of before its findings are here", () => {
    const told = health({ verdict: "critical", firing: { critical: 1, warning: 4, info: 0 } });
    expect(verdictOf(runOf({ health: told }), []).sentence).toBe("Findings: 1 critical, 4 warning.");
  });

  it("is at once as bad as an alert that has just come", () => {
    expect(aspectOf(runOf(), [alertOf("a")])).toBe("warning");
    expect(aspectOf(runOf(), [alertOf("a", { severity: "critical" })])).toBe("critical");
    expect(aspectOf(runOf(), [alertOf("a", { state: "resolved" })])).toBe("healthy");
  });

  it("calls a rule of one's own by its name", () => {
    expect(shortly({ rule: "my-rule", subject: "x" })).toBe("my-rule");
  });
});

it("checks are counted as they are here, else as the run tells them", () => {
  expect(countsOf(runOf(), []).passing).toBe(23);
  const checks = [
    { rule: "a", verdict: "pending" as const, reason: "" },
    { rule: "b", verdict: "not_checked" as const, reason: "" },
  ];
  expect(countsOf(runOf(), checks)).toEqual({ passing: 0, pending: 1, firing: 0, not_checked: 1 });
});

it("checks that give one reason stand under it together", () => {
  const check = (rule: string, reason: string) => ({ rule, verdict: "not_checked" as const, reason });
  const reasons = byReason([check("a", "no schedule"), check("b", "no eval"), check("c", "no schedule")]);
  expect(reasons.map(({ rules }) => rules)).toEqual([["a", "c"], ["b"]]);
});

it("a silence ends with its time or its step", () => {
  const timed = alertOf("a", { silenced_until: { at: 100, step: null, by: null } });
  expect([isSilenced(timed, 99, 1), isSilenced(timed, 100, 1)]).toEqual([true, false]);
  const stepped = alertOf("a", { silenced_until: { at: null, step: 10, by: null } });
  expect([isSilenced(stepped, 0, 9), isSilenced(stepped, 0, 10)]).toEqual([true, false]);
});

/** The inbox: filters and the address, the order of incidents, and what is said of them. */
import { describe, expect, it } from "vitest";
import { incidentsOf } from "../src/findings";
import { allIncidents, arrangeInbox, sortIncidents } from "../src/inbox/arrange";
import { admits, askFor, changesOf, EVERYTHING, isNarrowed, parseFilter } from "../src/inbox/filter";
import { seenWords, silenceAgain, silentWords, sinceWords, stepsUntil } from "../src/inbox/words";
import type { Alert, Run } from "../src/wire";
import { alertOf as madeAlert } from "./made";

const alertOf = ({ id = "a", ...rest }: Partial<Omit<Alert, "evidence">>): Alert => madeAlert(id, rest);
const runOf = (rest: Partial<Run>): Run => ({
  id: "r",
  project: null,
  name: null,
  state: "running",
  state_reason: null,
  created_at: 0,
  started_at: null,
  ended_at: null,
  last_event_at: null,
  ...rest,
});

const runs = (...all: Run[]): Map<string, Run> => new Map(all.map((run) => [run.id, run]));
const yes = (): boolean => true;

describe("filters", () => {
  it("stand in the address where they are not the usual", () => {
    expect(changesOf(EVERYTHING)).toEqual({
      state: null,
      severity: null,
      rule: null,
      project: null,
      seen: null,
      q: null,
    });
    const query = new URLSearchParams("state=all&severity=critical&rule=r&project=p&seen=no&q=a+b");
    const filter = parseFilter(query);
    expect(filter).toEqual({
      state: "all",
      severity: "critical",
      rule: "r",
      project: "p",
      unseen: true,
      words: "a b",
    });
    expect(changesOf(filter)).toEqual(Object.fromEntries(query));
    expect(parseFilter(new URLSearchParams("state=odd&severity=worst"))).toEqual(EVERYTHING);
  });

  it("become a query of the service", () => {
    expect(askFor(EVERYTHING, 50, null).toString()).toBe("limit=50&state=firing&severity=critical&severity=warning");
    const filter = parseFilter(new URLSearchParams("state=all&severity=all&seen=no&q=x"));
    expect(askFor(filter, 50, "c").toString()).toBe("limit=50&cursor=c&acknowledged=false&q=x");
  });

  it("say whether they leave anything out that is usually shown", () => {
    expect(isNarrowed(EVERYTHING)).toBe(false);
    expect(isNarrowed({ ...EVERYTHING, severity: "all", state: "all" })).toBe(false);
    expect(isNarrowed({ ...EVERYTHING, unseen: true })).toBe(true);
  });

  it("hold what comes live against what the service would say", () => {
    const run = runOf({ id: "r", name: "First light", project: "distil" });
    const [one] = incidentsOf([alertOf({ id: "a", run_id: "r", severity: "warning", title: "It rises" })], "firing");
    if (!one) throw new Error("no incident");
    const ask = (text: string): boolean => admits(parseFilter(new URLSearchParams(text)), one, run);
    expect(["", "q=RISES+light", "project=distil", "seen=no", "state=all"].map(ask)).toEqual(Array(5).fill(true));
    expect(["q=falls", "project=x", "severity=critical", "state=resolved", "rule=x"].map(ask)).toEqual(
      Array(5).fill(false),
    );
  });
});

describe("the order", () => {
  const at = (id: string, run_id: string, rest: Partial<Alert> = {}) =>
    alertOf({ id, run_id, severity: "warning", ...rest });

  it("has the worst run first, then what is alive, then what opened last", () => {
    const alerts = [
      at("old", "dead", { opened_at: 9 }),
      at("live", "alive", { opened_at: 1 }),
      at("bad", "ill", { severity: "critical", opened_at: 1 }),
      at("mild", "ill", { opened_at: 5 }),
      at("over", "alive", { severity: "critical", state: "resolved", opened_at: 7 }),
    ];
    const known = runs(
      runOf({ id: "dead", state: "finished" }),
      runOf({ id: "alive", state: "running" }),
      runOf({ id: "ill", state: "finished" }),
    );
    expect(sortIncidents(allIncidents(alerts), known)).toEqual(["bad", "mild", "live", "over", "old"]);
  });

  it("keeps places, and holds back what comes", () => {
    const before = [at("a", "r"), at("b", "r")];
    const worse = at("c", "r", { severity: "critical" });
    const { groups, held, places } = arrangeInbox(allIncidents([...before, worse]), ["a", "b"], yes);
    expect(places).toEqual(["a", "b"]);
    expect(groups.map((group) => group.incidents.map((one) => one.root.id))).toEqual([["a", "b"]]);
    expect(held.map((one) => one.root.id)).toEqual(["c"]);
    expect(arrangeInbox(allIncidents([...before, worse]), ["a", "b"], () => false).held).toEqual([]);
  });

  it("gives a root that was found for a known one its place", () => {
    const alerts = [at("a", "r", { parent: "c" }), at("b", "r"), at("c", "r")];
    expect(arrangeInbox(allIncidents(alerts), ["a", "b"], yes).places).toEqual(["c", "b"]);
    expect(arrangeInbox(allIncidents(alerts), ["c", "a"], yes).places).toEqual(["c"]);
  });
});

describe("words", () => {
  it("say since when", () => {
    expect(sinceWords(alertOf({ opened_step: 1280, opened_at: 100 }), 7300)).toBe("step 1,280 · 2 h ago");
    expect(sinceWords(alertOf({ opened_step: 1, resolved_step: 9, opened_at: 100 }), 105)).toBe(
      "step 1 to 9 · 5 s ago",
    );
  });

  it("say who has seen it, and until when it is silent", () => {
    expect(seenWords(alertOf({ acknowledged: { by: "Mo", note: "mine", at: 1 } }))).toBe("Acknowledged by Mo: mine");
    expect(seenWords(alertOf({ acknowledged: null }))).toBe("");
    const both = alertOf({ silenced_until: { at: 3700, step: 50, by: null } });
    expect(silentWords(both, 100, 9)).toBe("Silenced for 1 h 0 m more and until step 50");
    expect(silentWords(both, 9000, 9)).toBe("Silenced until step 50");
    expect(silentWords(both, 9000, 60)).toBe("");
  });

  it("turn a step into steps from here", () => {
    expect(stepsUntil("1,000", 400)).toBe(600);
    expect(stepsUntil("400", 400)).toBe("The run is at step 400 already: say a later one.");
    expect(stepsUntil("soon", 400)).toBe("Say a step as a whole number.");
    expect(stepsUntil("", null)).toBe("Say a step as a whole number.");
  });

  it("give a silence back as it was", () => {
    expect(silenceAgain(alertOf({ silenced_until: null }), 100, 9)).toEqual({ seconds: 0 });
    expect(silenceAgain(alertOf({ silenced_until: { at: 160, step: 50, by: null } }), 100, 9)).toEqual({
      seconds: 60,
      steps: 41,
    });
  });
});

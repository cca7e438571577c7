/** The frame of the page: the tab's signal, notices, the palette and the keys. */
import { describe, expect, it } from "vitest";
import { isDue, News, noticeOf } from "../src/announce";
import { Fleet } from "../src/fleet";
import { keyGroups, keyName } from "../src/keys";
import { favicon, markOf } from "../src/lamp";
import { matching, score } from "../src/match";
import { listed, moved, type Entry } from "../src/palette";
import { remembered, type Recent } from "../src/recent";
import { Told } from "../src/told";
import { factsOf } from "../src/views/about";
import type { Alert, Frame, Run } from "../src/wire";
import { alertOf } from "./made";

const NOW = 10_000;

function runOf(id: string, more: Partial<Run> = {}): Run {
  return {
    id,
    project: "p",
    name: `run ${id}`,
    state: "running",
    state_reason: null,
    created_at: 0,
    started_at: 0,
    ended_at: null,
    last_event_at: NOW - 5,
    ...more,
  };
}

const ill = (critical: number, warning: number): Partial<Run> => ({
  health: {
    verdict: critical > 0 ? "critical" : warning > 0 ? "warning" : "healthy",
    firing: { critical, warning, info: 0 },
    checks: { passing: 1, pending: 0, firing: 0, not_checked: 0 },
    through_step: 5,
  },
});
const snapshot = (runs: Run[], alerts: Alert[] = []): Frame => ({
  type: "snapshot",
  cursor: null,
  data: { runs, alerts },
});
const alertFrame = (data: Alert): Frame => ({ type: "alert", cursor: null, data });
const runFrame = (data: Run): Frame => ({ type: "run", cursor: null, data });

function fleetOf(...frames: Frame[]): Fleet {
  const fleet = new Fleet();
  for (const frame of frames) fleet.take(frame);
  return fleet;
}

describe("the tab", () => {
  it("shows the worst of all live runs, and how much fires in them", () => {
    const ended = runOf("c", { state: "failed", ...ill(9, 9) });
    const fleet = fleetOf(snapshot([runOf("a", ill(0, 2)), runOf("b", ill(2, 1)), ended]));
    expect(fleet.standing()).toEqual({ aspect: "critical", critical: 2, warning: 3 });
    fleet.take(runFrame(runOf("b", { state: "finished", ...ill(2, 1) })));
    expect(fleet.standing()).toEqual({ aspect: "warning", critical: 0, warning: 2 });
    fleet.take(runFrame(runOf("a", ill(0, 0))));
    expect(fleet.standing().aspect).toBe("healthy");
    fleet.take(runFrame(runOf("a", { deleted: true })));
    expect(fleet.standing().aspect).toBe("unknown");
  });

  it("counts incidents of live runs that nobody has acknowledged", () => {
    const seen = { by: null, note: null, at: 1 };
    const fleet = fleetOf(
      snapshot([runOf("r"), runOf("over", { state: "finished" })]),
      ...[
        alertOf("root"),
        alertOf("follows", { parent: "root" }),
        alertOf("note", { severity: "info" }),
        alertOf("seen", { acknowledged: seen }),
        alertOf("of-ended", { run_id: "over" }),
      ].map(alertFrame),
    );
    expect(fleet.open().map(({ id }) => id)).toEqual(["root"]);
    fleet.take(alertFrame(alertOf("root", { state: "resolved" })));
    expect(fleet.open()).toEqual([]);
  });

  it("has words only where something is wrong, and a lamp by its place", () => {
    expect(markOf({ aspect: "critical", critical: 2, warning: 1 })).toBe("● 2 critical");
    expect(markOf({ aspect: "warning", critical: 0, warning: 1 })).toBe("▲ 1 warning");
    expect(markOf({ aspect: "healthy", critical: 0, warning: 0 })).toBe("");
    const lit = (aspect: "critical" | "healthy" | "unknown"): string[] =>
      [...decodeURIComponent(favicon(aspect)).matchAll(/cy="([\d.]+)" r="2\.4"/g)].map((found) => found[1] ?? "");
    expect([lit("critical"), lit("healthy"), lit("unknown")]).toEqual([["3.6"], ["12.4"], []]);
  });
});

it("tells whoever joins the list later what it has told so far, the latest word of each", () => {
  const told = new Told();
  const frames = [snapshot([]), runFrame(runOf("a")), alertFrame(alertOf("x")), runFrame(runOf("a", ill(1, 0)))];
  for (const frame of frames) told.take(frame);
  expect(told.frames()).toEqual([frames[0], frames[3], frames[2]]);
  told.take(snapshot([runOf("b")]));
  expect(told.frames()).toHaveLength(1);
});

describe("notices", () => {
  it("tell of what opens, once, and not of what was open before", () => {
    const news = new News();
    expect(news.take(snapshot([], [alertOf("old")]))).toEqual([]);
    expect(news.take(alertFrame(alertOf("old")))).toEqual([]);
    expect(news.take(alertFrame(alertOf("new")))).toEqual(["new"]);
    expect(news.take(alertFrame(alertOf("new", { last_step: 9 })))).toEqual([]);
    expect(news.take(alertFrame(alertOf("over", { state: "resolved" })))).toEqual([]);
    // After a lost connection the snapshot holds what opened meanwhile.
    expect(news.take(snapshot([], [alertOf("new"), alertOf("meanwhile")]))).toEqual(["meanwhile"]);
  });

  it("are due for incidents that are bad enough, still open, and of a run that is live", () => {
    const due = (alert: Partial<Alert>, run: Partial<Run> = {}, choice: "critical" | "warning" | "off" = "warning") =>
      isDue("x", fleetOf(snapshot([runOf("r", run)]), alertFrame(alertOf("x", alert))), choice, NOW);
    expect(due({})).toBe(true);
    expect(due({}, {}, "critical")).toBe(false);
    expect(due({ severity: "critical" }, {}, "critical")).toBe(true);
    expect(due({ severity: "critical" }, {}, "off")).toBe(false);
    expect(due({ severity: "info" })).toBe(false);
    expect(due({ parent: "root" })).toBe(false);
    expect(due({ state: "resolved" })).toBe(false);
    expect(due({}, { state: "failed", ended_at: NOW - 3 })).toBe(true);
    expect(due({}, { state: "failed", ended_at: NOW - 3000, last_event_at: NOW - 3000 })).toBe(false);
    expect(due({}, { last_event_at: NOW - 90_000 })).toBe(false); // a recording that is taken in
    expect(due({ run_id: "unknown" })).toBe(false);
  });

  it("say what is wrong and where", () => {
    const alert = alertOf("x", { title: "Loss is NaN", severity: "critical", opened_step: 7 });
    expect(noticeOf(alert, runOf("r"))).toEqual({ title: "● Loss is NaN", body: "run r · p, step 7" });
    expect(noticeOf(alert, undefined).body).toBe("r, step 7");
  });
});

describe("the palette", () => {
  const entry = (title: string, group: string, id = title): Entry => ({ id, title, group, act: () => undefined });
  const places = [entry("Runs", "Places"), entry("Rules", "Places")];
  const commands = [entry("Show the learning rate", "Charts", "lr"), entry("Print this page", "Page", "print")];
  const runs = Array.from({ length: 9 }, (_, index) => entry(`run-${index}`, "Runs"));
  const titles = (query: string, recent: Recent[] = []): string[][] =>
    listed(query, { places, runs, commands, recent }).map(({ name, entries }) => [
      name,
      ...entries.map(({ title }) => title),
    ]);

  it("finds every word at the start of a word, as initials or inside, best first", () => {
    expect(score("lear rat", "Show the learning rate")).toBeGreaterThan(0);
    expect(score("lr", "learning_rate")).toBeGreaterThan(0);
    expect(score("arning", "learning rate")).toBeGreaterThan(0);
    expect(score("lgr", "learning rate")).toBe(0);
    expect(score("rate loss", "learning rate")).toBe(0);
    expect(matching("ru", ["true", "my run", "runs"], (text) => text)).toEqual(["runs", "my run", "true"]);
  });

  it("lists what was chosen of late first, then what the view offers, some runs and the places", () => {
    const recent = [
      { id: "Rules", title: "Rules", href: "#/rules" },
      { id: "gone", title: "Gone" },
    ];
    expect(titles("", recent)).toEqual([
      ["Recent", "Rules"],
      ["Charts", "Show the learning rate"],
      ["Page", "Print this page"],
      ["Runs", "run-0", "run-1", "run-2", "run-3", "run-4"],
      ["Places", "Runs"],
    ]);
  });

  it("lists what answers, and the runs that the server has chosen", () => {
    expect(titles("ru").slice(0, 2)).toEqual([
      ["Places", "Runs", "Rules"],
      ["Runs", ...runs.slice(0, 8).map(({ title }) => title)],
    ]);
    expect(titles("ru", [{ id: "Rules", title: "Rules" }])[0]).toEqual(["Places", "Rules", "Runs"]);
  });

  it("is walked round by arrows, and to its ends", () => {
    expect(["ArrowDown", "ArrowUp", "Home", "End", "a"].map((key) => moved(key, 2, 3))).toEqual([0, 1, 0, 2, null]);
    expect(moved("ArrowDown", 0, 0)).toBeNull();
  });

  it("remembers six choices, each once", () => {
    const all = ["a", "b", "c", "d", "e", "f", "g", "c"].map((id): Recent => ({ id, title: id }));
    const list = all.reduce<Recent[]>((before, one) => remembered(before, one), []);
    expect(list.map(({ id }) => id)).toEqual(["c", "g", "f", "e", "d", "b"]);
  });
});

describe("keys", () => {
  it("are written as on the keyboard", () => {
    expect(["mod+k", "ArrowDown", " ", "?"].map((key) => keyName(key, false))).toEqual(["Ctrl K", "↓", "Space", "?"]);
    expect(keyName("mod+k", true)).toBe("⌘K");
  });

  it("stand under the view that brings them, the latest of two that are the same", () => {
    const act = (): void => undefined;
    const all = [
      { key: "?", words: "Show the keys", act, everywhere: true },
      { key: "/", words: "Filter", act },
      { key: "ArrowDown", words: "Walk the list" },
      { key: "/", words: "Search the table", act },
    ];
    expect(keyGroups(all, "Runs", false)).toEqual([
      {
        name: "Runs",
        keys: [
          { key: "/", words: "Search the table" },
          { key: "↓", words: "Walk the list" },
        ],
      },
      { name: "Everywhere", keys: [{ key: "?", words: "Show the keys" }] },
    ]);
  });
});

it("tells how long runs are kept, also of single projects", () => {
  const facts = factsOf({
    version: "1",
    database: "sqlite",
    listening_since: 0,
    token_wanted: true,
    judging: true,
    has_rules_file: false,
    lost_after: 90,
    stalled_after: 60,
    max_body: 1,
    max_decoded: 2,
    retention_days: 30,
    quota_bytes: null,
    project_keeping: { keep: { retention_days: null, quota_bytes: 5000 } },
  });
  const words = new Map(facts.map((fact) => [fact.name, fact.words]));
  expect(words.get("Runs are kept")).toBe("for 30 d 0 h after the end");
  expect(words.get("Runs of keep are kept")).toBe("for ever, up to 5.00 kB a project");
  expect(words.get("A run is lost")).toBe("after 1 m 30 s of silence");
});

/** The list of runs: filtered, sorted, grouped, selected, and which of its lines exist. */
import { describe, expect, it } from "vitest";
import { arrange, isGroup, parseWish, type Line } from "../src/runs/arrange";
import { forEachRun, toldOf } from "../src/runs/bulk";
import { COLUMNS, nextSort, parseSort } from "../src/runs/columns";
import { Cursors } from "../src/runs/cursors";
import { entryOf, matches, slim, wordsIn, type Entry } from "../src/runs/entry";
import { forAddress, MOST_IN_ADDRESS, ranged, shareOf, toggled, withAll } from "../src/runs/selection";
import { moved, rangeOf, scrollFor } from "../src/runs/window";
import { keptOf } from "../src/views/storage";
import { oldRuns } from "../src/views/storage-old";
import type { Health, Run } from "../src/wire";

const run = (id: string, more: Partial<Run> = {}): Run => ({
  id,
  project: "p",
  name: id,
  state: "finished",
  state_reason: null,
  created_at: 0,
  started_at: 0,
  ended_at: null,
  last_event_at: 100,
  ...more,
});
const entries = (...runs: Run[]): Entry[] => runs.map(entryOf);
const wish = (text: string) => parseWish(new URLSearchParams(text));
const critical = { verdict: "critical", firing: { critical: 1, warning: 0, info: 0 } } as unknown as Health;
const told = (lines: readonly Line[]): string[] =>
  lines.map((line) => (isGroup(line) ? `${line.name || "none"}: ${line.ids.length}` : line.id));

describe("the order", () => {
  it("is live and critical, live, the newest, where nothing else is asked for", () => {
    const found = entries(
      run("old"),
      run("new", { state: "lost", started_at: 9 }),
      run("live", { state: "running", started_at: 1 }),
      run("ill", { state: "running", health: critical }),
      run("was ill", { state: "failed", started_at: -1, health: critical }),
    );
    expect(arrange(found, wish("")).ids).toEqual(["ill", "live", "new", "old", "was ill"]);
  });

  it("puts what has no value last, whichever way it goes", () => {
    const loss = (id: string, last: number | null) => run(id, { spark: [last] });
    const runs = [loss("b", 2), loss("none", null), loss("a", 1)];
    expect(arrange(entries(...runs), wish("sort=loss")).ids).toEqual(["a", "b", "none"]);
    expect(arrange(entries(...runs), wish("sort=-loss")).ids).toEqual(["b", "a", "none"]);
  });

  it("counts in names as people do", () => {
    const found = arrange(entries(run("run 10"), run("Run 9"), run("run 1")), wish("sort=name"));
    expect(found.ids).toEqual(["run 1", "Run 9", "run 10"]);
  });

  it("comes back to the usual one with the third click", () => {
    const [loss, speed] = ["loss", "speed"].map((id) => COLUMNS.find((column) => column.id === id));
    if (!loss || !speed) throw new Error("a column is gone");
    expect([null, "loss", "-loss"].map((now) => nextSort(loss, parseSort(now)))).toEqual(["loss", "-loss", null]);
    expect([null, "-speed", "speed"].map((now) => nextSort(speed, parseSort(now)))).toEqual(["-speed", "speed", null]);
    expect(parseSort("nonsense")).toBeNull();
  });

  it("stays as it was until it is worked out anew", () => {
    const [a, b] = [entryOf(run("a", { spark: [1] })), entryOf(run("b", { spark: [2] }))];
    expect(arrange([a, b], wish("sort=loss")).ids).toEqual(["a", "b"]);
    a.row.value = run("a", { spark: [3] });
    expect(arrange([a, b], wish("sort=loss")).ids).toEqual(["a", "b"]);
    a.place = null;
    expect(arrange([a, b], wish("sort=loss")).ids).toEqual(["b", "a"]);
  });
});

it("a filter wants every word somewhere", () => {
  const one = entryOf(run("r", { name: "Distil-7", project: "kd", tags: ["warm"], state: "running" }));
  const answers = ["distil", " KD  warm ", "running", "kd cold", ""].map((text) => matches(one, wordsIn(text)));
  expect(answers).toEqual([true, true, true, false, true]);
});

it("states are counted as they are without the choice of states, projects in all", () => {
  const found = entries(run("a"), run("b", { state: "failed" }), run("c", { state: "failed", project: "q" }));
  const shown = arrange(found, wish("state=finished&project=p"));
  expect(shown.ids).toEqual(["a"]);
  expect([...shown.states]).toEqual([
    ["finished", 1],
    ["failed", 1],
  ]);
  expect([...shown.projects]).toEqual([
    ["p", 2],
    ["q", 1],
  ]);
});

describe("groups", () => {
  const runs = entries(
    run("a", { tags: ["x", "y"], started_at: 3 }),
    run("b", { tags: ["y"], started_at: 2, state: "running" }),
    run("c", { started_at: 1, health: critical }),
  );

  it("hold a run under each of its tags, and keep the order of their first runs", () => {
    const { lines, ids } = arrange(runs, wish("group=tag"));
    expect(told(lines)).toEqual(["y: 2", "b", "a", "x: 1", "a", "none: 1", "c"]);
    expect(ids).toEqual(["b", "a", "c"]);
    expect(new Set(lines.map(({ key }) => key)).size).toBe(lines.length);
  });

  it("fold, and tell the worst of what is in them", () => {
    const { lines, ids } = arrange(runs, wish("group=project&fold=p"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ name: "p", alive: 1, aspect: "critical", isFolded: true });
    expect(ids).toHaveLength(3);
  });
});

it("ten thousand runs are arranged at once", () => {
  const many = Array.from({ length: 10_000 }, (_, n) =>
    entryOf(run(`r${n}`, { spark: [n % 97], project: `p${n % 9}` })),
  );
  const { lines, ids } = arrange(many, wish("sort=loss&group=project&q=r"));
  expect([ids.length, lines.length]).toEqual([10_000, 10_009]);
});

describe("only the lines in view exist", () => {
  it.each([
    [-200, 900, { from: 0, to: 28 }],
    [38_000, 900, { from: 992, to: 1032 }],
    [10_000_000, 900, { from: 2000, to: 2000 }],
  ])("at %d", (top, seen, range) => {
    expect(rangeOf(top, seen, 38, 2000)).toEqual(range);
  });

  it("keys lead within the list", () => {
    const lead = (key: string, from: number) => moved(key, from, 10, 4);
    expect(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "a"].map((key) => lead(key, 8))).toEqual([
      9,
      7,
      9,
      4,
      0,
      9,
      null,
    ]);
    expect(moved("End", 0, 0, 4)).toBeNull();
  });

  it("a line is scrolled to no further than needed", () => {
    expect([scrollFor(50, 38, 80, 900), scrollFor(200, 38, 80, 900), scrollFor(890, 38, 80, 900)]).toEqual([
      -30, 0, 28,
    ]);
  });
});

describe("the selection", () => {
  const shown = ["a", "b", "c", "d"];

  it("goes from one to another either way, and follows what the first of them is", () => {
    expect([...ranged(new Set(["c"]), shown, "c", "a")].sort()).toEqual(["a", "b", "c"]);
    expect([...ranged(new Set(["b", "c", "d"]), shown, "a", "c")]).toEqual(["d"]);
    expect([...ranged(new Set(), shown, "gone", "b")]).toEqual(["b"]);
  });

  it("says whether none, some or all of some are in it", () => {
    const some = toggled(new Set(["a"]), "b");
    expect([shareOf(some, shown), shareOf(some, ["a", "b"]), shareOf(some, []), shareOf(new Set(), shown)]).toEqual([
      "some",
      "all",
      "none",
      "none",
    ]);
    expect([...withAll(some, shown, false)]).toEqual([]);
  });

  it("stands in the address where it is short", () => {
    const ids = Array.from({ length: MOST_IN_ADDRESS + 1 }, (_, n) => `r${n}`);
    expect([forAddress(new Set(["a"])), forAddress(new Set(ids)), forAddress(new Set())]).toEqual([["a"], null, null]);
  });
});

it("many changes are told as one, with the fault of those that failed", async () => {
  const act = (id: string) => (id === "c" ? Promise.reject(new Error("The token lacks admin.")) : Promise.resolve(id));
  const outcome = await forEachRun(["a", "b", "c"], act);
  expect([...outcome.done.keys()]).toEqual(["a", "b"]);
  expect(toldOf(outcome, "deleted")).toBe("2 of 3 runs deleted. The token lacks admin.");
  expect(toldOf(await forEachRun(["a"], act), "deleted")).toBe("1 run deleted.");
});

it("a run is held without what no line shows", () => {
  const whole = { ...run("a", { intent: { step_unit: "batch", epochs: 3 }, host: "h" }), config: { lr: 1 } };
  expect(slim(whole)).toEqual({ ...run("a"), intent: { step_unit: "batch" } });
});

it("only runs that ended so long ago are old", () => {
  const day = 86_400;
  const runs = [
    run("old", { ended_at: 0 }),
    run("new", { ended_at: 5 * day }),
    run("elsewhere", { ended_at: 0, project: "q" }),
    run("going on", { state: "lost", ended_at: null }),
  ];
  expect(oldRuns(runs, "p", 3, 6 * day)).toEqual(["old"]);
});

it("what the settings keep of a project is said in words", () => {
  const project = { name: "p", runs: 1, bytes: 500_000 };
  expect(keptOf(project)).toBe("for good");
  expect(keptOf({ ...project, retention_days: 30 })).toBe("30 days after the end");
  expect(keptOf({ ...project, retention_days: 1, quota_bytes: 1e6 })).toBe(
    "1 day after the end, up to 1.00 MB, 50% taken",
  );
});

it("what was overtaken on its way is not believed", () => {
  const cursors = new Cursors();
  const isOlder = (cursor?: string): boolean => cursors.isOlder({ ...run("a"), ...(cursor && { cursor }) });
  expect(["9.x", "10.x", "9.x", "10.x", "1.y", undefined, "1.x"].map(isOlder)).toEqual([
    false,
    false,
    true,
    false,
    false,
    false,
    false,
  ]);
});

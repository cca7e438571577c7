/** Filters, sorts, groups and folds the runs into the lines of the table. Pure, and quick with ten thousand. */
import { aspectOf, type Aspect } from "../findings";
import type { Run, RunState } from "../wire";
import { compare, parseSort, placeOf, type Sort } from "./columns";
import { isAlive, matches, wordsIn, type Entry } from "./entry";

export const GROUPINGS = ["project", "state", "tag", "group"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** How the runs are asked for, as the address holds it. */
export interface Wish {
  words: readonly string[];
  states: ReadonlySet<string>;
  project: string | null;
  sort: Sort | null;
  group: Grouping | null;
  folded: ReadonlySet<string>;
}

export function parseWish(query: URLSearchParams): Wish {
  const group = query.get("group");
  return {
    words: wordsIn(query.get("q") ?? ""),
    states: new Set(query.getAll("state")),
    project: query.get("project"),
    sort: parseSort(query.get("sort")),
    group: GROUPINGS.find((one) => one === group) ?? null,
    folded: new Set(query.getAll("fold")),
  };
}

export const isFiltered = ({ words, states, project }: Wish): boolean =>
  words.length > 0 || states.size > 0 || project !== null;

export interface RunLine {
  key: string;
  id: string;
  entry: Entry;
}

export interface GroupLine {
  key: string;
  /** Empty for the runs that have none. */
  name: string;
  ids: readonly string[];
  alive: number;
  /** The worst signal in it. */
  aspect: Aspect;
  isFolded: boolean;
}

export type Line = RunLine | GroupLine;
export const isGroup = (line: Line): line is GroupLine => "ids" in line;

export interface Arranged {
  lines: readonly Line[];
  /** Each run once, in order, those in folded groups too. */
  ids: readonly string[];
  /** How many answer in each state, whichever states are asked for. */
  states: ReadonlyMap<RunState, number>;
  /** How many each project has in all. */
  projects: ReadonlyMap<string, number>;
  tags: ReadonlySet<string>;
}

interface Counts {
  states: Map<RunState, number>;
  projects: Map<string, number>;
  tags: Set<string>;
}

const count = <Key>(counts: Map<Key, number>, key: Key): unknown => counts.set(key, (counts.get(key) ?? 0) + 1);

function answers(entry: Entry, wish: Wish, counts: Counts): boolean {
  const run = entry.row.peek();
  count(counts.projects, run.project ?? "");
  for (const tag of run.tags ?? []) counts.tags.add(tag);
  if (wish.project !== null && run.project !== wish.project) return false;
  if (!matches(entry, wish.words)) return false;
  count(counts.states, run.state);
  return wish.states.size === 0 || wish.states.has(run.state);
}

interface Placed {
  entry: Entry;
  run: Run;
  place: NonNullable<Entry["place"]>;
}

const placed = (entry: Entry, sort: Sort | null): Placed => {
  const run = entry.row.peek();
  return { entry, run, place: (entry.place ??= placeOf(run, sort)) };
};

export function arrange(entries: Iterable<Entry>, wish: Wish): Arranged {
  const counts: Counts = { states: new Map(), projects: new Map(), tags: new Set() };
  const found: Placed[] = [];
  for (const entry of entries) if (answers(entry, wish, counts)) found.push(placed(entry, wish.sort));
  found.sort((a, b) => compare(a.place, b.place, wish.sort) || (a.run.id < b.run.id ? -1 : 1));
  const lines = wish.group === null ? found.map(({ entry, run }) => lineOf(entry, run.id, "")) : grouped(found, wish);
  return { lines, ids: found.map(({ run }) => run.id), ...counts };
}

const lineOf = (entry: Entry, id: string, group: string): RunLine => ({ key: `${group}\n${id}`, id, entry });

const NONE = [""];

function groupsOf(run: Run, by: Grouping): readonly string[] {
  if (by === "tag") return run.tags?.length ? run.tags : NONE;
  return [(by === "project" ? run.project : by === "state" ? run.state : run.group) ?? ""];
}

/** The groups in the order of their first runs, so that what comes first in the list has its group first. */
function grouped(found: readonly Placed[], wish: Wish): Line[] {
  const groups = new Map<string, Placed[]>();
  for (const one of found)
    for (const name of groupsOf(one.run, wish.group ?? "project")) {
      const members = groups.get(name);
      if (members) members.push(one);
      else groups.set(name, [one]);
    }
  return [...groups].flatMap(([name, members]): Line[] => {
    const head = headOf(name, members, wish.folded.has(name));
    return head.isFolded ? [head] : [head, ...members.map(({ entry, run }) => lineOf(entry, run.id, name))];
  });
}

const WORST: readonly Aspect[] = ["critical", "warning", "healthy", "unknown"];

function headOf(name: string, members: readonly Placed[], isFolded: boolean): GroupLine {
  const runs = members.map(({ run }) => run);
  const aspects = new Set(runs.map((run) => aspectOf(run)));
  return {
    key: `group\n${name}`,
    name,
    ids: runs.map(({ id }) => id),
    alive: runs.filter(isAlive).length,
    aspect: WORST.find((aspect) => aspects.has(aspect)) ?? "unknown",
    isFolded,
  };
}

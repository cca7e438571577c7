/** What the palette lists for what was typed: groups of entries in a fixed order; pure. */
import { matching } from "./match";
import type { Recent } from "./recent";

export interface Entry {
  id: string;
  title: string;
  group: string;
  /** Said behind the title in a quieter voice: a run's project, a command's key. */
  detail?: string | undefined;
  href?: string;
  act: () => void;
}

export interface Group {
  name: string;
  entries: Entry[];
}

const RECENT = "Recent";
const FIRST_RUNS = 5;
const MOST_OF_A_GROUP = 8;

export interface Sources {
  places: readonly Entry[];
  runs: readonly Entry[];
  commands: readonly Entry[];
  recent: readonly Recent[];
}

/** With nothing typed: what was chosen of late, what this view offers, some runs, the places. Else what answers. */
export function listed(query: string, { places, runs, commands, recent }: Sources): Group[] {
  const known = new Map([...places, ...runs, ...commands].map((entry) => [entry.id, entry]));
  const late = recent.flatMap(({ id }) => known.get(id) ?? []);
  if (query.trim() === "") {
    const others = (entries: readonly Entry[]): Entry[] => entries.filter((entry) => !late.includes(entry));
    return grouped([
      ...late.map((entry) => ({ ...entry, group: RECENT })),
      ...others(commands),
      ...others(runs).slice(0, FIRST_RUNS),
      ...others(places),
    ]);
  }
  const rank = new Map(late.map((entry, index) => [entry.id, late.length - index]));
  const byRecency = (a: Entry, b: Entry): number => (rank.get(b.id) ?? 0) - (rank.get(a.id) ?? 0);
  const answering = matching(query, [...places, ...commands].sort(byRecency), ({ title }) => title);
  // The server has chosen among the runs already, also by project, tag and state.
  return grouped([...answering, ...[...runs].sort(byRecency)], MOST_OF_A_GROUP);
}

/** The group of what answers best comes first. */
function grouped(entries: readonly Entry[], most = Infinity): Group[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.group) ?? [];
    if (group.length < most) group.push(entry);
    groups.set(entry.group, group);
  }
  return [...groups].map(([name, of]) => ({ name, entries: of }));
}

/** Where a key leads from the entry at `index` of `count`. */
export function moved(key: string, index: number, count: number): number | null {
  if (count === 0) return null;
  switch (key) {
    case "ArrowDown":
      return (index + 1) % count;
    case "ArrowUp":
      return (index - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

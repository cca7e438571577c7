/** What is compared, and how, as the address holds it; pure. */
import type { Changes } from "../route";

export const AXES = ["step", "time", "tokens"] as const;
export type At = (typeof AXES)[number];
export const MANNERS = ["values", "difference", "ratio"] as const;
export type Manner = (typeof MANNERS)[number];
export const MOST_RUNS = 20;

export interface Place {
  /** In the order of the columns; each once. */
  runs: readonly string[];
  base: string | null;
  at: At;
  as: Manner;
  /** Runs that the charts leave out. */
  hidden: ReadonlySet<string>;
}

const oneOf = <T extends string>(known: readonly T[], told: string | null, otherwise: T): T =>
  known.find((one) => one === told) ?? otherwise;

export function placeOf(query: URLSearchParams): Place {
  const runs = [...new Set(query.getAll("run"))].filter((id) => id !== "").slice(0, MOST_RUNS);
  const base = query.get("base");
  return {
    runs,
    base: runs.find((id) => id === base) ?? runs[0] ?? null,
    at: oneOf(AXES, query.get("at"), "step"),
    as: oneOf(MANNERS, query.get("as"), "values"),
    hidden: new Set(query.getAll("hide").filter((id) => runs.includes(id))),
  };
}

export const withRun = ({ runs }: Place, id: string): Changes =>
  runs.includes(id) || runs.length >= MOST_RUNS ? { run: [...runs] } : { run: [...runs, id] };

export const withoutRun = ({ runs, base, hidden }: Place, id: string): Changes => ({
  run: runs.filter((one) => one !== id),
  hide: [...hidden].filter((one) => one !== id),
  ...(base === id ? { base: null } : {}),
});

/** The run one place to the left (-1) or right (1). */
export function movedRun({ runs, base }: Place, id: string, by: -1 | 1): Changes {
  const [from, to] = [runs.indexOf(id), runs.indexOf(id) + by];
  if (from < 0 || to < 0 || to >= runs.length) return { run: [...runs] };
  const moved = runs.filter((one) => one !== id);
  moved.splice(to, 0, id);
  return { run: moved, base }; // the first is the base only as long as nobody moves
}

export function toggled({ hidden }: Place, id: string): Changes {
  const next = new Set(hidden);
  if (!next.delete(id)) next.add(id);
  return { hide: [...next] };
}

/** Comparing runs over REST: what they differ in, their series, and runs to choose from. */
import { call, runPath } from "./api";
import type { Comparison } from "./compare/wire";
import type { RunPage, SeriesView } from "./wire";

/** What the runs differ in; with `equal` also what they have in common. */
export function compare(ids: readonly string[], equal = false, signal?: AbortSignal): Promise<Comparison> {
  const query = new URLSearchParams(ids.map((id) => ["run", id]));
  if (equal) query.set("equal", "1");
  return call<Comparison>("compare", signal ? { query, signal } : { query });
}

/** Some series of a run, thinned for charts. */
export async function seriesOf(
  id: string,
  keys: readonly string[],
  points: number,
): Promise<Record<string, SeriesView>> {
  const query = new URLSearchParams([...keys.map((key) => ["key", key]), ["points", String(points)]]);
  return (await call<{ series: Record<string, SeriesView> }>(`${runPath(id)}/metrics`, { query })).series;
}

/** Runs that answer to what was typed, the newest first. */
export async function findRuns(q: string, limit: number, signal: AbortSignal): Promise<RunPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (q !== "") query.set("q", q);
  return call<RunPage>("runs", { query, signal });
}

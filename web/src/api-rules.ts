/** The calls of the rule book: reading, changing and trying rules, and the runs that they are tried on. */
import { call, getRun, runPath } from "./api";
import type { OneRule, Rule, RulePage, RunStanding, Told, Trial } from "./rulebook/wire";
import type { Page, Run, RunPage, SeriesView } from "./wire";

const rulePath = (id: string): string => `rules/${encodeURIComponent(id)}`;
const MOST = "1000";

export const listRules = (signal?: AbortSignal): Promise<RulePage> =>
  call<RulePage>("rules", { query: new URLSearchParams({ standing: "1", limit: MOST }), ...(signal && { signal }) });

export const getRule = (id: string): Promise<OneRule> => call<OneRule>(rulePath(id));

export const listStandings = (id: string): Promise<Page<RunStanding>> =>
  call<Page<RunStanding>>(`${rulePath(id)}/runs`, { query: new URLSearchParams({ limit: MOST }) });

export const putRule = (id: string, told: Told): Promise<Rule> => call<Rule>(rulePath(id), { body: told }, "PUT");

export const deleteRule = (id: string): Promise<undefined> => call<undefined>(rulePath(id), { body: {} }, "DELETE");

/** Tries a rule, by its id or as it is written, on one run. */
export async function tryRule(
  rule: string | (Told & { id: string }),
  run: string,
  signal: AbortSignal,
): Promise<Trial> {
  const page = await call<Page<Trial>>("rules/test", { body: { rule, runs: [run] }, signal }, "POST");
  return page.items[0] ?? { run, would_have_fired: [] };
}

export async function findRuns(wanted: { project?: string; q?: string; limit: number }): Promise<Run[]> {
  const query = new URLSearchParams({ limit: String(wanted.limit) });
  if (wanted.project) query.set("project", wanted.project);
  if (wanted.q) query.set("q", wanted.q);
  return (await call<RunPage>("runs", { query })).items;
}

export async function projectNames(): Promise<string[]> {
  const query = new URLSearchParams({ limit: MOST });
  return (await call<Page<{ name: string }>>("projects", { query })).items.map(({ name }) => name);
}

/** The keys that a run has logged, by name. */
export async function keysOf(run: string): Promise<string[]> {
  return Object.keys((await getRun(run)).summary ?? {}).sort();
}

export async function thinned(
  run: string,
  key: string,
  points: number,
  signal: AbortSignal,
): Promise<SeriesView | null> {
  const query = new URLSearchParams({ key, points: String(points) });
  const page = await call<{ series: Record<string, SeriesView> }>(`${runPath(run)}/metrics`, { query, signal });
  return page.series[key] ?? null;
}

/** The runs that a rule is tried on: those that the address names, else the newest of a project. */
import { signal } from "@preact/signals";
import { getRun } from "../api";
import { findRuns } from "../api-rules";
import type { Run } from "../wire";

export const MOST_RUNS = 20;
const USUAL_RUNS = 5;

/** Of the rule that is open; null until they are known. */
export const chosen = signal<readonly Run[] | null>(null);

const known = async (id: string): Promise<Run | null> => getRun(id).catch(() => null); // gone since: one run less

async function usual(named: string | null, project: string | null): Promise<Run[]> {
  const run = named === null ? null : await known(named);
  const of = run?.project ?? project;
  const newest = await findRuns({ limit: USUAL_RUNS, ...(of ? { project: of } : {}) });
  return [...(run ? [run] : []), ...newest.filter(({ id }) => id !== run?.id)];
}

/** `tried` are the runs that somebody has chosen, `named` the one that the rule is written for. */
export async function chooseRuns(
  tried: readonly string[],
  named: string | null,
  project: string | null,
): Promise<void> {
  chosen.value = null;
  if (tried.length === 0) {
    chosen.value = await usual(named, project);
    return;
  }
  const runs = await Promise.all(tried.slice(0, MOST_RUNS).map(known));
  chosen.value = runs.filter((run) => run !== null);
}

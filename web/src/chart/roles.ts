/** Which charts a run gets, in which order, and how the rest of its series are grouped; pure. */
import { components } from "./components";
import { generic } from "./generic";
import { gradNorm } from "./grad-norm";
import { learningRate } from "./learning-rate";
import { trainAndEval, trainLoss } from "./losses";
import { ratio } from "./ratio";
import type { Board, Spec } from "./spec";
import { throughput } from "./throughput";

const BY_ROLE: readonly Spec[] = [trainLoss, learningRate, components, trainAndEval, ratio, gradNorm, throughput];

export interface Group {
  name: string;
  specs: Spec[];
}

/** Charts by role. While a run is alive each keeps its place, drawn or not: what comes later pushes nothing aside. */
export function roleSpecs(board: Board, isLive: boolean): Spec[] {
  return BY_ROLE.filter((spec) => isLive || hasData(board, spec));
}

function hasData(board: Board, spec: Spec): boolean {
  if (spec === ratio || spec === trainAndEval) return spec.keys(board).length === 2;
  return spec.keys(board).length > 0;
}

/** Every series that no chart by role shows, grouped by the first part of its path. */
export function otherGroups(board: Board, roleCharts: readonly Spec[]): Group[] {
  const roles = board.run.roles ?? {};
  // Weights only enter into the components' figures: nobody sees them there.
  const shown = new Set(roleCharts.flatMap((spec) => spec.keys(board)).filter((key) => roles[key] !== "weight"));
  const groups = new Map<string, string[]>();
  for (const key of board.keys) {
    if (shown.has(key)) continue;
    const slash = key.indexOf("/");
    const group = slash > 0 ? key.slice(0, slash) : "";
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  const names = [...groups].sort(([a], [b]) => Number(a === "") - Number(b === "") || (a < b ? -1 : 1));
  return names.map(([name, keys]) => ({ name, specs: keys.map(generic) }));
}

/** The charts whose name or id holds every word of a filter, in whatever case. */
export function named(filter: string, specs: readonly Spec[]): Spec[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return specs.filter(({ id, title }) => words.every((word) => `${title} ${id}`.toLowerCase().includes(word)));
}

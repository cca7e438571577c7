/** Findings on the charts of the series that they are about: a mark where each opened, a band over what it saw. Pure. */
import { formatCount } from "../format";
import type { Alert } from "../wire";
import type { Figure, Mark, Span } from "./figure";
import { componentName } from "./nonfinite";
import { keysOfRole, type Board, type Spec } from "./spec";

const MOST = 40;

/** The series that a finding is about, as they are logged; what has no series shows on the train loss. */
export function seriesOf(keys: readonly string[], board: Pick<Board, "keys" | "run">): string[] {
  const known = new Set(board.keys);
  const named = keys.filter((key) => known.has(key));
  if (named.length > 0) return named;
  const names = new Set(keys.map(componentName));
  const alike = board.keys.filter((key) => names.has(componentName(key)));
  return alike.length > 0 ? alike : keysOfRole(board, "train.loss").slice(0, 1);
}

/** A figure with the findings of its series, and with the step that is pointed out. */
export function withFindings(figure: Figure, keys: readonly string[], board: Board): Figure {
  if (figure.bars) return figure;
  const own = new Set(keys);
  const isOwn = (some: readonly string[]): boolean => seriesOf(some, board).some((key) => own.has(key));
  const about = board.alerts.filter((alert) => isOwn(alert.evidence.keys)).slice(-MOST);
  const { shown } = board;
  return {
    ...figure,
    marks: [...figure.marks, ...about.map(markOf)],
    spans: merged(about.filter((alert) => alert.state === "firing" && alert.severity !== "info").map(spanOf)),
    shown: shown && (shown.everywhere || isOwn(shown.keys)) ? shown.step : null,
  };
}

/** The chart that shows a finding best: the one of its first series, else of any. */
export function chartOf(keys: readonly string[], specs: readonly Spec[], board: Board): Spec | undefined {
  for (const key of seriesOf(keys, board)) {
    const found = specs.find((spec) => spec.keys(board).includes(key));
    if (found) return found;
  }
  return undefined;
}

const markOf = (alert: Alert): Mark => ({
  step: alert.opened_step,
  value: null,
  shape: alert.severity,
  text: `${alert.title} (${alert.severity}, since step ${formatCount(alert.opened_step)})`,
  alert: alert.id,
});

const spanOf = (alert: Alert): Span => ({
  from: Math.min(alert.evidence.window.from_step, alert.opened_step),
  to: Math.max(alert.last_step, alert.opened_step),
  severity: alert.severity,
});

/** Bands that overlap are one: laid over each other they would hide the curve. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (!last || last.to < span.from) result.push({ ...span });
    else {
      last.to = Math.max(last.to, span.to);
      if (span.severity === "critical") last.severity = "critical";
    }
  }
  return result;
}

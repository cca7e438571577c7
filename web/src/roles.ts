/** Reads a run's figures by role: which series is the train loss is the server's to say. */
import type { Run, Summary } from "./wire";

export function summaryOf(run: Run, role: string): Summary | null {
  const roles = run.roles ?? {};
  const key = Object.keys(roles)
    .sort()
    .find((one) => roles[one] === role && run.summary?.[one]);
  return key === undefined ? null : (run.summary?.[key] ?? null);
}

/** The last train loss: from the summary, or as the end of the sparkline tells it. */
export function trainLossOf(run: Run): number | null {
  return summaryOf(run, "train.loss")?.last ?? run.spark?.findLast((value) => value !== null) ?? null;
}

/** The last eval loss over the last train loss. */
export function lastRatioOf(run: Run): number | null {
  const [train, evaluation] = [trainLossOf(run), summaryOf(run, "eval.loss")?.last];
  return train === null || train === 0 || evaluation === null || evaluation === undefined ? null : evaluation / train;
}

export const nameOf = (run: Run): string => run.name ?? run.id;

export const stepUnit = (run: Run): string => {
  const unit = run.intent?.step_unit;
  if (unit === "batch") return "batches";
  return unit === "update" ? "updates" : "steps";
};

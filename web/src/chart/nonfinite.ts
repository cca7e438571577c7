/** The marks of non-finite values: by shape, on the line, with component and action in words. */
import { formatCount } from "../format";
import { KIND_WORDS, valueNear, type Track } from "../series";
import type { Kind, NonfiniteRun, RunEvent } from "../wire";
import type { Mark } from "./figure";

const ACTIONS: Record<string, string> = {
  clamped_to_zero: "set to zero",
  skipped_step: "the update was skipped",
  filtered: "left out of the loss",
  raised: "the trainer raised an error",
  none: "nothing was done about it",
};

/** `train/lm_loss` and `lm_loss` name the same component. */
export const componentName = (key: string): string => key.slice(key.lastIndexOf("/") + 1);

export function kindOf(value: unknown): Kind {
  const text = String(value).toLowerCase().replace("infinity", "inf").replace("+", "");
  return text === "inf" || text === "-inf" ? text : "nan";
}

export function actionWords(action: string | undefined): string {
  if (action === undefined) return "";
  return ACTIONS[action] ?? action;
}

/** `lm_loss was NaN at step 1,118: set to zero (clamped_to_zero)`. */
export function eventSentence(event: RunEvent): string {
  const what = `${event.component ?? "a value"} was ${KIND_WORDS[kindOf(event.value)]}`;
  const where = event.step === null ? "" : ` at step ${formatCount(event.step)}`;
  return `${what}${where}: ${actionWords(event.action)}${event.action ? ` (${event.action})` : ""}`;
}

function runSentence(key: string, run: NonfiniteRun): string {
  const what = `${componentName(key)} was ${KIND_WORDS[run.kind]}`;
  if (run.count === 1) return `${what} at step ${formatCount(run.step)}`;
  return `${what} ${formatCount(run.count)} times, steps ${formatCount(run.step)} to ${formatCount(run.last_step)}`;
}

/**
 * Marks for one line. Every event of a chosen component stands at the line's last finite value; a point of the line
 * that is itself not finite gets its mark as well, unless an event of that component and step already tells of it.
 */
export function nonfiniteMarks(track: Track, key: string, events: readonly RunEvent[]): Mark[] {
  const told = new Set<string>();
  const at = (step: number): number => valueNear(track, step) ?? 0;
  const marks: Mark[] = [];
  for (const event of events) {
    if (event.type !== "nonfinite" || event.step === null) continue;
    told.add(`${componentName(event.component ?? "")}@${event.step}`);
    const { step } = event;
    marks.push({ step, value: at(step), shape: kindOf(event.value), text: eventSentence(event), of: key });
  }
  for (const run of track.nonfinite) {
    if (run.count === 1 && told.has(`${componentName(key)}@${run.step}`)) continue;
    marks.push({ step: run.step, value: at(run.step), shape: run.kind, text: runSentence(key, run), of: key });
  }
  return marks;
}

export const eventsOf = (events: readonly RunEvent[], name: string): RunEvent[] =>
  events.filter((event) => event.type === "nonfinite" && componentName(event.component ?? "") === name);

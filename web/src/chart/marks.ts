/** The marks of the run itself at the foot of a chart: epochs, checkpoints, notes, alerts of the user's code, gaps. */
import { formatCount } from "../format";
import type { RunEvent } from "../wire";
import type { Mark, Shape } from "./figure";

const MOST = 300;
const SHAPES: Record<string, Shape> = {
  epoch: "epoch",
  checkpoint: "checkpoint",
  note: "note",
  alert: "raised",
  gap: "gap",
};

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function gapWords(event: RunEvent, step: number): string {
  const last = event.to_step;
  const until = typeof last === "number" && last !== step ? ` to ${formatCount(last)}` : "";
  const count = typeof event.records === "number" ? `${formatCount(event.records)} records` : "Records";
  return `${count} were lost, step ${formatCount(step)}${until}: the client had no room to keep them`;
}

function words(event: RunEvent, step: number): string {
  const at = `step ${formatCount(step)}`;
  if (event.type === "epoch") return `Epoch ${String(event.epoch ?? "")}, ${at}`;
  if (event.type === "checkpoint") return `Checkpoint ${event.path ?? ""}, ${at}`;
  if (event.type === "gap") return gapWords(event, step);
  if (event.type === "note") return `Note, ${at}: ${event.text ?? ""}`;
  const told = [textOf(event.title), textOf(event.text)].filter((text) => text !== "").join(": ");
  return `${told === "" ? "An alert" : told} (${textOf(event.level) || "warning"}, raised by your code at ${at})`;
}

const stepOf = (event: RunEvent): number | null =>
  event.step ?? (typeof event.from_step === "number" ? event.from_step : null);

export function runMarks(events: readonly RunEvent[]): Mark[] {
  const marks: Mark[] = [];
  for (const event of events.slice(-MOST)) {
    const shape = SHAPES[event.type];
    const step = stepOf(event);
    if (shape && step !== null) marks.push({ step, value: null, shape, text: words(event, step) });
  }
  return marks;
}

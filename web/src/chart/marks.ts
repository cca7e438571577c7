/** The marks of the run itself at the foot of a chart: epochs, checkpoints, notes. */
import { formatCount } from "../format";
import type { RunEvent } from "../wire";
import type { Mark, Shape } from "./figure";

const MOST = 300;
const SHAPES: Record<string, Shape> = { epoch: "epoch", checkpoint: "checkpoint", note: "note" };

function words(event: RunEvent, step: number): string {
  const at = `step ${formatCount(step)}`;
  if (event.type === "epoch") return `Epoch ${String(event.epoch ?? "")}, ${at}`;
  if (event.type === "checkpoint") return `Checkpoint ${event.path ?? ""}, ${at}`;
  return `Note, ${at}: ${event.text ?? ""}`;
}

export function runMarks(events: readonly RunEvent[]): Mark[] {
  const marks: Mark[] = [];
  for (const event of events.slice(-MOST)) {
    const shape = SHAPES[event.type];
    if (shape && event.step !== null)
      marks.push({ step: event.step, value: null, shape, text: words(event, event.step) });
  }
  return marks;
}

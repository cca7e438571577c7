/** How each kind of mark looks and where it stands; the names of the symbols are the chart library's. */
import type { Shape } from "./figure";

export const SYMBOLS: Record<Shape, string> = {
  nan: "circle-x-open",
  inf: "triangle-up-open",
  "-inf": "triangle-down-open",
  epoch: "line-ns-open",
  checkpoint: "square",
  note: "circle",
  raised: "diamond",
  gap: "x-thin-open",
  attempt: "line-ns",
  critical: "circle",
  warning: "triangle-up",
  info: "circle-open",
};

/** Marks of the run itself stand at the foot of a chart, findings at its head; what is left stands on the line. */
export interface Place {
  at: number | null;
  size: number;
  colour: string;
}
export const ON_LINE: Place = { at: null, size: 13, colour: "danger" };
const FOOT: Place = { at: 0.02, size: 7, colour: "dim" };
export const PLACES: Partial<Record<Shape, Place>> = {
  epoch: FOOT,
  checkpoint: FOOT,
  note: FOOT,
  raised: { ...FOOT, size: 9, colour: "caution" },
  gap: { ...FOOT, size: 8 },
  attempt: { ...FOOT, at: 0.5 },
  critical: { at: 0.97, size: 10, colour: "danger" },
  warning: { at: 0.97, size: 10, colour: "caution" },
  info: { at: 0.97, size: 8, colour: "dim" },
};

/** Marks that stand too close to be told apart by a finger are one group; pure. */
import { formatCount } from "../format";
import type { Mark } from "./figure";

/** The least side of something that is pressed, in pixels (WCAG 2.5.8). */
export const TARGET = 24;

export interface Placed {
  mark: Mark;
  x: number;
  y: number;
}

export interface MarkGroup {
  /** The same while its first mark is. */
  key: string;
  x: number;
  y: number;
  marks: Mark[];
}

/** From left to right; each mark joins the first group that stands within its reach. */
export function grouped(placed: readonly Placed[]): MarkGroup[] {
  const groups: MarkGroup[] = [];
  for (const { mark, x, y } of [...placed].sort((a, b) => a.x - b.x)) {
    const near = groups.find((group) => Math.abs(group.x - x) < TARGET && Math.abs(group.y - y) < TARGET);
    if (near) near.marks.push(mark);
    else groups.push({ key: `${mark.shape} ${mark.step}`, x, y, marks: [mark] });
  }
  return groups;
}

/** `5 marks, steps 100 to 140`; a mark that stands alone says what it is. */
export function groupWords(marks: readonly Mark[]): string {
  const [only] = marks;
  if (!only || marks.length === 1) return only?.text ?? "";
  const steps = marks.map(({ step }) => step);
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const where = first === last ? `step ${formatCount(first)}` : `steps ${formatCount(first)} to ${formatCount(last)}`;
  return `${formatCount(marks.length)} marks, ${where}`;
}

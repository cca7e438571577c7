/** Where the marks of a drawn chart stand in its element, in pixels; pure. */
import { heightOf, placeOf, type Ground } from "./ground";
import type { Mark } from "./figure";
import type { Placed } from "./mark-groups";
import { ON_LINE, PLACES } from "./shapes";

/** All that a chart marks: also where a later attempt of the run goes on. */
export const marksOf = ({ marks, bounds }: Ground["figure"]): Mark[] => [
  ...marks,
  ...bounds.map(({ step, text }): Mark => ({ step, value: null, shape: "attempt", text })),
];

/** Those in view: the marks of the run at the foot, findings at the head, the others on their line. */
export function placesOf(ground: Ground): Placed[] {
  const { figure, left, top, width, height } = ground;
  if (figure.bars) return [];
  return marksOf(figure).flatMap((mark) => {
    const x = placeOf(ground, mark.step);
    const { at } = PLACES[mark.shape] ?? ON_LINE;
    const y = at === null ? heightOf(ground, mark.value ?? 0) : top + height * (1 - at);
    const isSeen = x >= left - 1 && x <= left + width + 1 && Number.isFinite(y);
    return isSeen ? { mark, x, y: Math.max(top, Math.min(top + height, y)) } : [];
  });
}

/** Which lines of a long table exist: those in view, and a few around them. Pure. */

export interface Range {
  from: number;
  to: number;
}

/** Drawn beyond each edge, so that a turn of the wheel shows no gap. */
const AROUND = 8;
/** The edges move in steps: not every pixel of scrolling draws anew. */
const STEP = 4;

/** `top`: how far the table's first line is above the upper edge of what is seen (negative: below it). */
export function rangeOf(top: number, seen: number, lineHeight: number, count: number): Range {
  const first = Math.floor(top / lineHeight) - AROUND;
  const last = Math.ceil((top + seen) / lineHeight) + AROUND;
  const from = Math.floor(Math.max(0, Math.min(first, count)) / STEP) * STEP;
  return { from, to: Math.max(from, Math.min(count, Math.ceil(last / STEP) * STEP)) };
}

/** Where a key leads from a line; `null` where it leads nowhere. */
export function moved(key: string, from: number, count: number, page: number): number | null {
  const to = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined || count === 0 ? null : Math.max(0, Math.min(to, count - 1));
}

/** How far to scroll so that a line of a given height is seen whole between two edges, both measured like its top. */
export function scrollFor(lineTop: number, lineHeight: number, upper: number, lower: number): number {
  if (lineTop < upper) return lineTop - upper;
  return Math.max(0, lineTop + lineHeight - lower);
}

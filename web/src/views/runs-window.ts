/** Keeps only the lines in view in the document, and what is read where it is while others come and go. */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Line } from "../runs/arrange";
import { rangeOf, scrollFor, type Range } from "../runs/window";

const LIKELY_HEIGHT = 38;

export interface Window extends Range {
  lineHeight: number;
  /** Brings a line wholly into view, and draws what is there. */
  reveal(at: number): void;
  /** How many lines are seen at once. */
  page(): number;
  /** The first line that is seen whole. */
  first(): number;
}

type TableRef = RefObject<HTMLTableElement | null>;

const bodyOf = (table: TableRef): HTMLElement | undefined => table.current?.tBodies[0];

/** How much of the upper edge the bars that stay cover. */
function covered(): number {
  const bars = document.querySelectorAll<HTMLElement>(".tools, .runs thead");
  return [...bars].reduce(
    (sum, bar) => sum + (getComputedStyle(bar.querySelector("th") ?? bar).position === "sticky" ? bar.offsetHeight : 0),
    0,
  );
}

export function useWindow(table: TableRef, lines: readonly Line[], wish: unknown, onMove: () => void): Window {
  const height = useRef(LIKELY_HEIGHT);
  const [range, setRange] = useState<Range>(() => rangeOf(0, window.innerHeight, LIKELY_HEIGHT, lines.length));
  const look = (): void => {
    const body = bodyOf(table);
    if (!body) return;
    const line = body.querySelector<HTMLElement>("tr[data-line]");
    if (line && line.offsetHeight > 0) height.current = line.offsetHeight;
    const next = rangeOf(-body.getBoundingClientRect().top, window.innerHeight, height.current, lines.length);
    setRange((before) => (before.from === next.from && before.to === next.to ? before : next));
  };
  const latest = useRef(look);
  latest.current = look;
  useScrolling(latest, onMove);
  useStay(table, lines, wish, height);
  useLayoutEffect(look, [lines]);
  const topOf = (): number => bodyOf(table)?.getBoundingClientRect().top ?? 0;
  return {
    ...range,
    lineHeight: height.current,
    reveal(at) {
      const by = scrollFor(topOf() + at * height.current, height.current, covered(), window.innerHeight);
      if (by !== 0) window.scrollBy(0, by);
      look();
    },
    page: () => Math.max(1, Math.floor((window.innerHeight - covered()) / height.current) - 1),
    first: () => Math.max(0, Math.ceil((covered() - topOf()) / height.current)),
  };
}

function useScrolling(latest: RefObject<() => void>, told: () => void): void {
  useEffect(() => {
    let frame = 0;
    const onMove = (): void => {
      told();
      if (frame !== 0) return;
      frame = window.requestAnimationFrame(() => {
        frame = 0;
        latest.current();
      });
    };
    window.addEventListener("scroll", onMove, { passive: true });
    window.addEventListener("resize", onMove);
    return () => {
      window.cancelAnimationFrame(frame);
      window.removeEventListener("scroll", onMove);
      window.removeEventListener("resize", onMove);
    };
  }, []);
}

/** Lines that come above what is read push nothing away; what is asked for anew is read from its beginning. */
function useStay(table: TableRef, lines: readonly Line[], wish: unknown, height: RefObject<number>): void {
  const before = useRef({ lines, wish });
  useLayoutEffect(() => {
    const { lines: old, wish: asked } = before.current;
    before.current = { lines, wish };
    const body = bodyOf(table);
    if (!body || old === lines) return;
    const above = covered() - body.getBoundingClientRect().top;
    if (above <= 0) return;
    if (asked !== wish) {
      window.scrollBy(0, -above);
      return;
    }
    const first = Math.floor(above / height.current);
    const key = old[first]?.key;
    const now = lines.findIndex((line) => line.key === key);
    if (now >= 0 && now !== first) window.scrollBy(0, (now - first) * height.current);
  }, [lines, wish]);
}

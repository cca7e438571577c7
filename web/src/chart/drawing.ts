/** When a chart is drawn: while it is seen, after new data, and at once where a person or the window asks for it. */
import { useEffect } from "preact/hooks";
import type { RunStore } from "../run";
import { Budget, type Drawable } from "./budget";
import { onPaper } from "../paper";
import { lensChanges } from "./lens";
import { purge } from "./plot";
import type { Board, Spec } from "./spec";
import { themeChanges } from "./theme";

export const budget = new Budget({
  now: () => performance.now(),
  after: (ms, act) => window.setTimeout(act, ms),
  hidden: () => document.hidden,
});
document.addEventListener("visibilitychange", () => {
  budget.wake();
});

interface Tied {
  chart: Drawable;
  spec: Spec;
  store: RunStore;
  board: () => Board;
  frame: { current: HTMLElement | null };
  plot: { current: HTMLDivElement | null };
}

/** Ties a chart to what it depends on: its data, whether it is seen, its size and the colours of the day. */
export function useDrawing({ chart, spec, store, board, frame, plot }: Tied): void {
  useEffect(() => {
    const element = frame.current;
    const stage = plot.current;
    if (!element || !stage) return;
    let [keys, visible]: [readonly string[], boolean] = [[], false];
    let isNear = false;
    const choose = (): void => {
      keys = visible ? spec.keys(board()) : [];
      store.want(chart, keys);
    };
    budget.add(chart);
    const unlisten = store.listen((changed) => {
      if (changed === "all" || keys.some((key) => changed.has(key))) budget.touch(chart);
    });
    const look = (): void => {
      visible = isNear || onPaper.peek();
      choose();
      budget.see(chart, visible);
    };
    const seen = new IntersectionObserver(
      ([entry]) => {
        isNear = entry?.isIntersecting ?? false;
        look();
      },
      { rootMargin: "200px" },
    );
    const unprinted = onPaper.subscribe(look);
    seen.observe(element);
    const unfollow = store.keys.subscribe(choose);
    const urge = (): void => {
      budget.urge(chart);
    };
    const sized = new ResizeObserver(urge);
    sized.observe(stage);
    const unthemed = themeChanges(urge);
    const unpointed = store.shown.subscribe(urge);
    const unlooked = lensChanges(urge);
    return () => {
      unlisten();
      unfollow();
      unthemed();
      unpointed();
      unlooked();
      unprinted();
      seen.disconnect();
      sized.disconnect();
      budget.remove(chart);
      store.want(chart, []);
      purge(stage);
    };
  }, [chart]);
}

/** One chart on the board: it draws itself when it is seen, and has the same in words and as a table. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { RunStore } from "../run";
import { Budget, type Drawable } from "./budget";
import "../styles/charts.css";
import { draw, purge } from "./plot";
import { withFindings } from "./findings";
import { nothing, spanOf, type Board, type Picture, type Spec } from "./spec";
import { describe } from "./words";
import { Footer, Head, Switches } from "./card-parts";
import { TableOf } from "./table";
import { theme, themeChanges } from "./theme";

export const budget = new Budget({
  now: () => performance.now(),
  after: (ms, act) => window.setTimeout(act, ms),
  hidden: () => document.hidden,
});
document.addEventListener("visibilitychange", () => {
  budget.wake();
});

export interface CardProps {
  spec: Spec;
  store: RunStore;
  board: () => Board;
  /** Whether the chart library is there. */
  ready: boolean;
}

export function Card({ spec, store, board, ready }: CardProps) {
  const plot = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLElement>(null);
  const [chosen, setChosen] = useState(() => spec.switches.map((one) => one.options[0] ?? ""));
  const [picture, setPicture] = useState<Picture>(() => nothing(""));
  const [asTable, setAsTable] = useState(false);
  const latest = useRef(chosen);
  latest.current = chosen;

  const chart = useMemo<Drawable>(
    () => ({
      draw() {
        const plain = spec.picture(board(), latest.current);
        const next = { ...plain, figure: withFindings(plain.figure, spec.keys(board()), board()) };
        setPicture(next);
        if (plot.current && next.empty === "") draw(plot.current, { ...next.figure, span: spanOf(board()) }, theme());
        if (spec.wantsDeclared) store.wantDeclared(spec.keys(board())[0]);
      },
    }),
    [spec, store],
  );
  useDrawing(chart, spec, store, board, frame, plot);
  useEffect(() => {
    if (ready) budget.urge(chart);
  }, [chart, ready, chosen]);

  return (
    <section
      class={picture.figure.shown === null ? "card chart" : "card chart pointed"}
      ref={frame}
      aria-label={spec.title}
      data-chart={spec.id}
      onPointerEnter={() => {
        budget.hover(chart);
      }}
      onPointerLeave={() => {
        budget.hover(null);
      }}
    >
      <Head spec={spec} picture={picture} asTable={asTable} onTable={setAsTable} />
      <Switches of={spec.switches} chosen={picture.shown ?? chosen} onChoose={setChosen} />
      <div class="stage">
        <div
          class="plot"
          ref={plot}
          role="img"
          aria-label={describe(spec.title, picture)}
          data-hidden={asTable || picture.empty !== ""}
        />
        {picture.empty !== "" && <p class="empty">{picture.empty}</p>}
        {asTable && picture.empty === "" && <TableOf columns={picture.columns} title={spec.title} />}
      </div>
      {(spec.hasFooter ?? false) && <Footer picture={picture} />}
    </section>
  );
}

/** Ties a chart to what it depends on: its data, whether it is seen, its size and the colours of the day. */
function useDrawing(
  chart: Drawable,
  spec: Spec,
  store: RunStore,
  board: () => Board,
  frame: { current: HTMLElement | null },
  plot: { current: HTMLDivElement | null },
): void {
  useEffect(() => {
    const element = frame.current;
    const stage = plot.current;
    if (!element || !stage) return;
    let [keys, visible]: [readonly string[], boolean] = [[], false];
    const choose = (): void => {
      keys = visible ? spec.keys(board()) : [];
      store.want(chart, keys);
    };
    budget.add(chart);
    const unlisten = store.listen((changed) => {
      if (changed === "all" || keys.some((key) => changed.has(key))) budget.touch(chart);
    });
    const seen = new IntersectionObserver(
      ([entry]) => {
        visible = entry?.isIntersecting ?? false;
        choose();
        budget.see(chart, visible);
      },
      { rootMargin: "200px" },
    );
    seen.observe(element);
    const unfollow = store.keys.subscribe(choose);
    const urge = (): void => {
      budget.urge(chart);
    };
    const sized = new ResizeObserver(urge);
    sized.observe(stage);
    const unthemed = themeChanges(urge);
    const unpointed = store.shown.subscribe(urge);
    return () => {
      unlisten();
      unfollow();
      unthemed();
      unpointed();
      seen.disconnect();
      sized.disconnect();
      budget.remove(chart);
      store.want(chart, []);
      purge(stage);
    };
  }, [chart]);
}

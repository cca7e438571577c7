/** One chart of the comparison: the same series of every chosen run, over each other, while it is in view. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Budget, type Drawable } from "../chart/budget";
import { figure } from "../chart/figure";
import { lens, toggleLog } from "../chart/lens";
import { draw, purge } from "../chart/plot";
import { theme, themeChanges } from "../chart/theme";
import { formatCount } from "../format";
import { goWith, query } from "../state";
import { drawn, formatOf, linesOf, spanOf, type Drawn, type Overlay, type Side } from "./charts";
import { figureText } from "./naming";
import { placeOf, toggled, type Place } from "./place";
import { tokenKeys, type CompareStore } from "./store";
import { Swatch } from "./swatch";
import { FiguresTable } from "./table";
import { AXIS, describe, whyEmpty } from "./words";
import type { Stroke } from "./strokes";

const budget = new Budget({
  now: () => performance.now(),
  after: (ms, act) => window.setTimeout(act, ms),
  hidden: () => document.hidden,
});
document.addEventListener("visibilitychange", () => {
  budget.wake();
});

export interface CardProps {
  overlay: Overlay;
  store: CompareStore;
  labels: ReadonlyMap<string, string>;
  strokes: ReadonlyMap<string, Stroke>;
  /** Whether the chart library is there. */
  ready: boolean;
}

interface Picture {
  shown: readonly Drawn[];
  empty: string;
}

/** The runs that have the series, in the order of the page. */
function sidesOf({ overlay, store, labels, strokes }: CardProps, runs: readonly string[]): Side[] {
  const tokens = tokenKeys(store.comparison.peek());
  const started = new Map(store.comparison.peek()?.runs.map((run) => [run.id, run.started_at]));
  return runs.flatMap((id) => {
    const stroke = strokes.get(id);
    const key = overlay.row.keys[id];
    if (!stroke || key === undefined) return [];
    const held = store.series(id, key);
    const side = { id, name: labels.get(id) ?? id, stroke, startedAt: started.get(id) ?? 0 };
    return [{ ...side, held, tokens: store.series(id, tokens[id]) }];
  });
}

export function Card(props: CardProps) {
  const { overlay, store, ready } = props;
  const frame = useRef<HTMLElement>(null);
  const plot = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<Picture>({ shown: [], empty: "Loading…" });
  const [asTable, setAsTable] = useState(false);
  const latest = useRef(props);
  latest.current = props;
  const chart = useMemo<Drawable>(
    () => ({
      draw() {
        const place = placeOf(query.peek());
        const sides = sidesOf(latest.current, place.runs);
        const { row } = latest.current.overlay;
        const shown = drawn(sides, row, place);
        const seen = shown.filter(({ side }) => !place.hidden.has(side.id));
        const empty = whyEmpty(sides, shown, seen, place);
        setPicture({ shown, empty });
        if (!plot.current || empty !== "") return false;
        const parts = {
          lines: linesOf(seen),
          format: formatOf(row, place.as),
          span: spanOf(seen),
          axis: AXIS[place.at],
          log: isLog(overlay.id, place),
        };
        draw(plot.current, figure(parts), theme());
        return true;
      },
    }),
    [store, overlay.id],
  );
  useView(chart, latest, frame, plot);
  useEffect(() => {
    if (ready) budget.urge(chart);
  }, [chart, ready, props.labels, props.strokes, overlay]);

  const place = placeOf(query.value);
  return (
    <section class="card chart" ref={frame} aria-label={overlay.title} data-chart={overlay.id}>
      <Head overlay={overlay} place={place} asTable={asTable} onTable={setAsTable} />
      <div class="stage">
        <div
          class="plot"
          ref={plot}
          role="img"
          aria-label={describe(overlay, picture.shown, place, picture.empty)}
          data-hidden={asTable || picture.empty !== ""}
        />
        {picture.empty !== "" && !asTable && <p class="empty">{picture.empty}</p>}
        {asTable && <FiguresTable overlay={overlay} runs={place.runs} labels={props.labels} />}
      </div>
      <Legend {...props} place={place} shown={picture.shown} />
    </section>
  );
}

interface HeadProps {
  overlay: Overlay;
  place: Place;
  asTable: boolean;
  onTable: (asTable: boolean) => void;
}

/** A difference may lie below zero, where a logarithm has no place. */
const isLog = (id: string, { as }: Place): boolean => as !== "difference" && lens.logs.value.has(id);

function Head({ overlay: { id, title }, place, asTable, onTable }: HeadProps) {
  return (
    <header>
      <h3 title={title}>{title}</h3>
      <span class="headline" />
      <button
        type="button"
        class="quiet"
        aria-pressed={isLog(id, place)}
        aria-label={`${title} on a log axis`}
        disabled={place.as === "difference"}
        onClick={() => {
          toggleLog(id);
        }}
      >
        log
      </button>
      <button
        type="button"
        class="quiet"
        aria-pressed={asTable}
        aria-label={`${title} as a table`}
        onClick={() => {
          onTable(!asTable);
        }}
      >
        table
      </button>
    </header>
  );
}

/** The runs with their last figure; a click leaves one out of all charts, or brings it back. */
function Legend({ overlay, labels, strokes, place, shown }: CardProps & { place: Place; shown: readonly Drawn[] }) {
  const having = place.runs.filter((id) => overlay.row.keys[id] !== undefined);
  const missing = place.runs.filter((id) => overlay.row.keys[id] === undefined);
  return (
    <footer class="legend">
      <ul>
        {having.map((id) => (
          <li key={id}>
            <button
              type="button"
              aria-pressed={!place.hidden.has(id)}
              title={place.hidden.has(id) ? "Show in the charts" : "Leave out of the charts"}
              onClick={() => {
                goWith(toggled(place, id));
              }}
            >
              <Swatch stroke={strokes.get(id)} /> <span class="legend-name">{labels.get(id)}</span>{" "}
              <b>
                {endText(
                  overlay,
                  shown.find(({ side }) => side.id === id),
                  place,
                )}
              </b>
            </button>
          </li>
        ))}
      </ul>
      {missing.length > 0 && (
        <p>
          Not logged by{" "}
          {missing.length > 3 ? `${formatCount(missing.length)} runs` : missing.map((id) => labels.get(id)).join(", ")}.
        </p>
      )}
    </footer>
  );
}

function endText({ row }: Overlay, found: Drawn | undefined, place: Place): string {
  if (place.as !== "values" && found?.side.id === place.base) return "base";
  return found?.end ? figureText(found.end.value, row, place.as) : "–";
}

/** A chart exists and asks for its series while it is in view; it is drawn when those, the colours or its size change. */
function useView(
  chart: Drawable,
  latest: { current: CardProps },
  frame: { current: HTMLElement | null },
  plot: { current: HTMLDivElement | null },
): void {
  useEffect(() => {
    const [element, stage, { store }] = [frame.current, plot.current, latest.current];
    if (!element || !stage) return;
    let [visible, told] = [false, ""];
    const want = (): void => {
      store.want(chart, visible ? wantedOf(latest.current) : new Map<string, string[]>());
    };
    const urge = (): void => {
      budget.urge(chart);
    };
    budget.add(chart);
    const seen = new IntersectionObserver(
      (entries) => {
        visible = entries.at(-1)?.isIntersecting ?? false;
        want();
        budget.see(chart, visible);
        if (visible) urge();
        else purge(stage);
      },
      { rootMargin: "200px" },
    );
    seen.observe(element);
    const sized = new ResizeObserver(urge);
    sized.observe(stage);
    const ends = [
      store.listen((run, keys) => {
        const wanted = visible ? wantedOf(latest.current) : new Map<string, string[]>();
        if (!wanted.get(run)?.some((key) => keys.has(key))) return;
        // Drawn once all of it is here, not line by line.
        const isHere = [...wanted].every(([id, every]) => every.every((key) => store.series(id, key)));
        if (isHere) budget.touch(chart);
      }),
      store.comparison.subscribe(want),
      query.subscribe(() => {
        const { at, as } = placeOf(query.peek());
        // A part that was zoomed into on one axis means nothing on another.
        if (told !== `${at} ${as}`) purge(stage);
        told = `${at} ${as}`;
        want();
        urge();
      }),
      themeChanges(urge),
    ];
    return () => {
      for (const end of ends) end();
      seen.disconnect();
      sized.disconnect();
      budget.remove(chart);
      store.want(chart, new Map());
      purge(stage);
    };
  }, [chart]);
}

/** The series that a chart needs of each run, with the tokens where those are the axis. */
function wantedOf({ overlay, store }: CardProps): Map<string, string[]> {
  const { runs, at } = placeOf(query.peek());
  const tokens = at === "tokens" ? tokenKeys(store.comparison.peek()) : {};
  return new Map(
    runs.flatMap((id) => {
      const key = overlay.row.keys[id];
      if (key === undefined) return [];
      const beside = tokens[id];
      return [[id, beside === undefined ? [key] : [key, beside]] as const];
    }),
  );
}

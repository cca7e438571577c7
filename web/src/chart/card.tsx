/** One chart on the board: it draws itself when it is seen, and has the same in words, as a table and as files. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { wordsOf } from "../api";
import type { RunStore } from "../run";
import { connection } from "../state";
import "../styles/charts.css";
import "../styles/marks.css";
import "../styles/menu.css";
import { FullKeys, useFull } from "./actions/full";
import type { Subject } from "./actions/items";
import type { Drawable } from "./budget";
import { Footer, Head, Switches } from "./card-parts";
import { choose, chosenOf, hiddenOf, isTable, toggleHidden, without } from "./choices";
import { budget, useDrawing } from "./drawing";
import { withFindings } from "./findings";
import { Glass } from "./glass";
import { lens } from "./lens";
import { looked } from "./look";
import { library } from "./library";
import { MarkStrip } from "./marks-strip";
import { draw, type Theme } from "./plot";
import { nothing, WAITING, type Board, type Picture, type Spec } from "./spec";
import { NotDrawn, stateOf } from "./standing";
import { TableOf } from "./table";
import { theme } from "./theme";
import { describe } from "./words";

interface Ref<Of> {
  current: Of | null;
}

export interface CardProps {
  spec: Spec;
  store: RunStore;
  board: () => Board;
}

export function Card(props: CardProps) {
  const { spec, store, board } = props;
  const plot = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLElement>(null);
  const { chart, picture, fault, paint, chosen, hidden } = useChart(props, frame, plot);
  const isFull = lens.full.value === spec.id;
  const asTable = isTable(spec) && picture.columns.length > 0;
  useFull(isFull, frame);
  const subject: Subject = { spec, store, board, picture, paint, asTable, isFull };
  const pointed = picture.figure.shown !== null;
  return (
    <>
      <section
        class={["card chart", pointed && "pointed", isFull && "full", asTable && "tabled"].filter(Boolean).join(" ")}
        ref={frame}
        aria-label={spec.title}
        {...(isFull ? { role: "dialog", "aria-modal": true, tabIndex: -1 } : {})}
        data-chart={spec.id}
        onPointerEnter={() => {
          budget.hover(chart);
        }}
        onPointerLeave={() => {
          budget.hover(null);
        }}
      >
        <Head subject={subject} />
        <Switches
          of={spec.switches}
          chosen={picture.shown ?? chosen}
          onChoose={(options) => {
            choose(spec, options);
          }}
        />
        <Stage subject={subject} plot={plot} fault={fault} chart={chart} />
        {((spec.hasFooter ?? false) || lens.logs.value.has(spec.id)) && (
          <Footer
            picture={picture}
            hidden={hidden}
            onHide={(name) => {
              toggleHidden(spec, name);
            }}
          />
        )}
      </section>
      {isFull && <FullKeys />}
      {isFull && <div class="card chart hole" />}
    </>
  );
}

interface StageProps {
  subject: Subject;
  plot: Ref<HTMLDivElement>;
  fault: string;
  chart: Drawable;
}

/** The chart, or why there is none, or its table; in full screen chart and table stand side by side. */
function Stage({ subject, plot, fault, chart }: StageProps) {
  const { spec, board, picture, asTable, isFull } = subject;
  const standing = stateOf(picture.empty, fault, library.value, connection.value);
  const [isOver, setOver] = useState(false);
  const words = useMemo(() => describe(spec.title, picture), [picture]);
  const isSeen = (!asTable || isFull) && standing === null;
  const retry = (): void => {
    budget.urge(chart);
  };
  return (
    <div class="stage">
      <div
        class="plot-box"
        data-hidden={!isSeen}
        onPointerEnter={() => {
          setOver(true);
        }}
        onPointerLeave={() => {
          setOver(false);
        }}
      >
        <div class="plot" ref={plot} role="img" aria-label={words} />
        <Glass spec={spec} board={board} picture={picture} plot={plot} />
        {isSeen && <MarkStrip subject={subject} plot={plot} isOver={isOver} />}
      </div>
      {standing && <NotDrawn subject={subject} standing={standing} onRetry={retry} />}
      {asTable && picture.empty === "" && <TableOf subject={subject} />}
    </div>
  );
}

/** The chart of a card as it stands: drawn when its turn comes, and at once after a choice. */
function useChart({ spec, store, board }: CardProps, frame: Ref<HTMLElement>, plot: Ref<HTMLDivElement>) {
  const [picture, setPicture] = useState<Picture>(() => nothing(WAITING));
  const [fault, setFault] = useState("");
  const [chosen, hidden] = [chosenOf(spec), hiddenOf(spec)];
  const latest = useRef({ chosen, hidden, picture });
  latest.current = { chosen, hidden, picture };
  const paint = (element: HTMLElement, colours: Theme): void => {
    draw(element, latest.current.picture.figure, colours);
  };
  const chart = useMemo<Drawable>(
    () => ({
      draw() {
        let isDrawn = false;
        try {
          const { chosen: options, hidden: names } = latest.current;
          const next = pictureOf(spec, board(), options, names);
          latest.current.picture = next;
          setPicture(next);
          isDrawn = next.empty === "";
          if (plot.current && isDrawn) paint(plot.current, theme());
          setFault("");
        } catch (error) {
          setFault(wordsOf(error));
        }
        if (spec.wantsDeclared) store.wantDeclared(spec.keys(board())[0]);
        return isDrawn;
      },
    }),
    [spec, store],
  );
  useDrawing({ chart, spec, store, board, frame, plot });
  const isReady = library.value === "ready";
  const asked = [...chosen, "", ...hidden].join("\n");
  useEffect(() => {
    budget.urge(chart);
  }, [chart, isReady, asked]);
  return { chart, picture, fault, paint, chosen, hidden };
}

function pictureOf(spec: Spec, board: Board, chosen: readonly string[], hidden: readonly string[]): Picture {
  const plain = spec.picture(board, chosen);
  const seen = without(plain.figure, plain.labels, hidden);
  return looked({ ...plain, figure: withFindings(seen, spec.keys(board), board) }, spec, board);
}

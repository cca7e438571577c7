/** The glass over a chart: the crosshair that all charts share, what stands there, and what pointers and keys do. */
import { useEffect, useRef } from "preact/hooks";
import { formatCount } from "../format";
import { listenTo, type Gestures } from "./gestures";
import { placeOf, stepAt, type Ground } from "./ground";
import { lens, lookAt } from "./lens";
import { DRAWN, groundIn } from "./plot";
import { marksNear, nearest, neighbour, readingsAt, stepsOf, type Reading } from "./readout";
import type { Board, Picture, Spec } from "./spec";
import { moved, tidy, zoomed } from "./window";

interface GlassProps {
  spec: Spec;
  board: () => Board;
  picture: Picture;
  plot: { current: HTMLElement | null };
}

interface Parts {
  glass: HTMLElement;
  line: HTMLElement;
  box: HTMLElement;
  mark: HTMLElement;
  live: HTMLElement;
}

const MOST_LINES = 8;
const GAP = 6;

export function Glass({ spec, board, picture, plot }: GlassProps) {
  const glass = useRef<HTMLDivElement>(null);
  const latest = useRef(picture);
  latest.current = picture;
  useEffect(() => {
    if (!glass.current || !plot.current) return;
    const pane = new Pane(partsIn(glass.current), plot.current, board, () => latest.current);
    return () => {
      pane.stop();
    };
  }, [spec]);
  const isBare = picture.figure.bars !== null || picture.empty !== "";
  return (
    <div
      class="glass"
      ref={glass}
      data-bare={isBare}
      tabIndex={isBare ? -1 : 0}
      role="application"
      aria-label={`${spec.title}, chart`}
      aria-roledescription="chart"
    >
      <i class="selection" hidden />
      <i class="hair" hidden />
      <div class="readout" hidden />
      <p class="unseen" aria-live="polite" />
    </div>
  );
}

function partsIn(glass: HTMLElement): Parts {
  const [mark, line, box, live] = [...glass.children] as HTMLElement[];
  if (!mark || !line || !box || !live) throw new Error("The glass lacks a part.");
  return { glass, line, box, mark, live };
}

/** Draws on the glass as the cursor moves, without any drawing of the chart below it. */
class Pane implements Gestures {
  private readonly stops: (() => void)[];
  /** Where the pointer is over this chart, in pixels; `null` where it is over another. */
  private pointer: number | null = null;

  constructor(
    private readonly parts: Parts,
    private readonly plot: HTMLElement,
    private readonly board: () => Board,
    private readonly picture: () => Picture,
  ) {
    const redraw = (): void => {
      this.show(lens.cursor.peek());
    };
    const press = (event: KeyboardEvent): void => {
      if (this.key(event)) event.preventDefault();
    };
    plot.addEventListener(DRAWN, redraw);
    parts.glass.addEventListener("keydown", press);
    this.stops = [
      listenTo(parts.glass, plot, this),
      lens.cursor.subscribe((step) => {
        this.show(step);
      }),
      () => {
        plot.removeEventListener(DRAWN, redraw);
        parts.glass.removeEventListener("keydown", press);
      },
    ];
  }

  stop(): void {
    for (const stop of this.stops) stop();
  }

  point(pixels: number | null): void {
    const ground = groundIn(this.plot);
    const isIn = ground && pixels !== null && pixels >= ground.left - 4 && pixels <= ground.left + ground.width + 4;
    this.pointer = isIn ? pixels : null;
    const step = isIn ? nearest(stepsOf(this.picture().columns), stepAt(ground, pixels)) : null;
    // The same point, but perhaps another mark beside it.
    if (step === lens.cursor.peek()) this.show(step);
    else lens.cursor.value = step;
  }

  mark(edges: readonly [number, number] | null): void {
    const { mark } = this.parts;
    mark.hidden = edges === null;
    if (!edges) return;
    mark.style.left = `${edges[0]}px`;
    mark.style.width = `${edges[1] - edges[0]}px`;
  }

  open(from: number, to: number): void {
    const look = this.board().look;
    if (look) lookAt(tidy(from, to, look.whole));
  }

  whole(): void {
    lookAt(null);
  }

  private key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const [look, cursor, window] = [this.board().look, lens.cursor.peek(), lens.window.peek()];
    if (!look) return false;
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (event.key === "+" || event.key === "=") lookAt(zoomed(window, look.whole, 0.5, cursor ?? undefined));
    else if (event.key === "-") lookAt(zoomed(window, look.whole, 2, cursor ?? undefined));
    else if (event.key === "0") lookAt(null);
    else if (by !== 0 && event.shiftKey) lookAt(moved(window, look.whole, by / 4));
    else if (by !== 0 || event.key === "Home" || event.key === "End") this.walk(by, event.key);
    else return false;
    return true;
  }

  /** Moves the cursor point by point, and says what stands there. */
  private walk(by: number, key: string): void {
    const steps = stepsOf(this.picture().columns);
    const ends: Record<string, number | undefined> = { Home: steps[0], End: steps.at(-1) };
    const step = ends[key] ?? neighbour(steps, lens.cursor.peek(), by);
    this.pointer = null;
    lens.cursor.value = step;
    const ground = groundIn(this.plot);
    if (step === null || !ground) return;
    const readings = readingsAt(this.picture(), step).map(
      ({ name, text, range }) => `${name} ${text}${range === "" ? "" : `, between ${range.replace(" to ", " and ")}`}`,
    );
    const marks = marksNear(ground, placeOf(ground, step));
    this.parts.live.textContent = `Step ${formatCount(step)}: ${[...readings, ...marks].join("; ")}.`;
  }

  private show(step: number | null): void {
    const { line, box } = this.parts;
    const ground = groundIn(this.plot);
    const [picture, span] = [this.picture(), ground?.figure.span];
    const isHidden = step === null || !ground || !span || picture.empty !== "" || picture.figure.bars !== null;
    line.hidden = box.hidden = isHidden || step < span[0] || step > span[1];
    if (isHidden || line.hidden) return;
    const place = placeOf(ground, step);
    line.style.transform = `translateX(${place}px)`;
    this.fill(ground, step, place);
    // The box stands on the side of the line where there is more room, and takes no more than that.
    const isLate = place > ground.left + ground.width / 2;
    const room = (isLate ? place : ground.left + ground.width + GAP - place) - 2 * GAP;
    box.style.maxWidth = `${Math.max(60, room)}px`;
    box.style.transform = isLate ? `translateX(calc(${place - GAP}px - 100%))` : `translateX(${place + GAP}px)`;
  }

  private fill(ground: Ground, step: number, place: number): void {
    const isHere = this.pointer !== null || document.activeElement === this.parts.glass;
    const readings = readingsAt(this.picture(), step, !isHere).slice(0, MOST_LINES);
    const marks = isHere ? marksNear(ground, this.pointer ?? place) : [];
    const head = isHere ? [made("b", `step ${formatCount(step)}`)] : [];
    const rows = readings.flatMap((reading) => rowsOf(reading, readings.length > 1 || isHere));
    this.parts.box.replaceChildren(...head, ...rows, ...marks.map((text) => made("p", text)));
  }
}

function made(tag: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function rowsOf({ name, colour, text, range }: Reading, isNamed: boolean): HTMLElement[] {
  const row = made("div", "");
  const dot = document.createElement("i");
  if (colour) dot.style.background = `var(--${colour})`;
  row.append(...(isNamed ? [dot, made("span", name)] : []), made("span", text));
  return range === "" ? [row] : [row, made("small", range)];
}

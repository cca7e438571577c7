/** A chart's picture as it is looked at: cut to the window, along the axis, on its value scale; pure. */
import { formatCount } from "../format";
import { lowerBound } from "../series";
import type { Band, Bound, Figure, Line, Mark, Span } from "./figure";
import type { Window } from "./lens";
import { nothing, spanOf, WAITING, type Board, type Column, type Picture, type Spec } from "./spec";

/** The entries from `first` to `last`, and `more` on each side, by which a line goes on to the edge. */
function cut<Row>(steps: readonly number[], columns: readonly (readonly Row[])[], [first, last]: Window, more: number) {
  const from = Math.max(0, lowerBound(steps, first) - more);
  const to = Math.min(steps.length, lowerBound(steps, last + 1) + more);
  const isWhole = from === 0 && to === steps.length;
  return isWhole ? null : { step: steps.slice(from, to), columns: columns.map((column) => column.slice(from, to)) };
}

function cutLine(line: Line, span: Window): Line {
  const found = cut(line.step, [line.value], span, 1);
  return found ? { ...line, step: found.step, value: found.columns[0] ?? [] } : line;
}

function cutBand(band: Band, span: Window): Band {
  const found = cut(band.step, [band.low, band.high], span, 1);
  return found ? { ...band, step: found.step, low: found.columns[0] ?? [], high: found.columns[1] ?? [] } : band;
}

function cutColumn(column: Column, span: Window): Column {
  const { low = [], high = [] } = column.thinned ?? {};
  const found = cut(column.step, [column.value, low, high], span, 0);
  if (!found) return column;
  const [value = [], least = [], greatest = []] = found.columns;
  const thinned = column.thinned ? { thinned: { low: least, high: greatest } } : {};
  return { ...column, step: found.step, value, ...thinned };
}

const overlaps = ({ from, to }: Span, [first, last]: Window): boolean => to >= first && from <= last;

/** Where a later attempt of the run goes on, within these steps. */
function boundsOf(board: Board, [first, last]: Window): Bound[] {
  const later = (board.run.attempts ?? []).slice(1);
  return later.flatMap(({ attempt, first_step: step }) =>
    step !== null && step >= first && step <= last ? [{ step, text: `attempt ${formatCount(attempt)}` }] : [],
  );
}

/** A logarithm knows nothing at or below zero: such points are gaps, and are counted. */
function aboveZero(figure: Figure): Figure {
  const kept = (values: readonly number[]): number[] => values.map((value) => (value > 0 ? value : NaN));
  const bands = figure.bands.map((band) => {
    const good = band.low.map((_, index) => index).filter((index) => (band.high[index] ?? 0) > 0);
    const pick = (values: readonly number[]): number[] => good.map((index) => values[index] ?? NaN);
    const high = pick(band.high);
    // A bucket that reaches down to zero is drawn from its least positive neighbour, which is its own top.
    const low = pick(band.low).map((value, index) => (value > 0 ? value : (high[index] ?? NaN)));
    return { ...band, step: pick(band.step), low, high };
  });
  const lines = figure.lines.map((line) => ({ ...line, value: kept(line.value) }));
  const marks = figure.marks.filter((mark: Mark) => mark.value === null || mark.value > 0);
  return { ...figure, lines, bands, marks, log: true, fromZero: false };
}

/** How many shown values a logarithmic axis cannot hold, and whether it can hold any. */
function leftOut(columns: readonly Column[]): { count: number; any: boolean } {
  let [count, any] = [0, false];
  for (const { value } of columns) {
    for (const one of value) {
      if (one <= 0) count += 1;
      else if (one > 0) any = true;
    }
  }
  return { count, any };
}

function logged(picture: Picture): Picture {
  const { count, any } = leftOut(picture.columns);
  const points = count === 1 ? "1 point at or below zero is" : `${formatCount(count)} points at or below zero are`;
  const words = any ? (count > 0 ? `Log scale: ${points} left out.` : "") : "No log scale: no value is above zero.";
  const caption = [picture.caption, words].filter((one) => one !== "").join(" ");
  return { ...picture, figure: any ? aboveZero(picture.figure) : picture.figure, caption };
}

/** What has come and is empty is not on its way: it has nothing here. */
function isNothing(picture: Picture, spec: Spec, board: Board): boolean {
  const tracks = spec.keys(board).map((key) => board.track(key));
  return picture.empty === WAITING && tracks.every((track) => track?.step.length === 0);
}

export function looked(picture: Picture, spec: Spec, board: Board): Picture {
  const { look } = board;
  if (!look) return { ...picture, figure: { ...picture.figure, span: spanOf(board) } };
  const where = look.isPart ? "in these steps" : "in this attempt";
  if ((look.isPart || look.attempt !== null) && isNothing(picture, spec, board))
    return nothing(`Nothing of it is ${where}.`);
  if (picture.figure.bars) return { ...picture, figure: { ...picture.figure, still: true, span: look.span } };
  const [first, last] = look.span;
  const { figure } = picture;
  const isIn = (step: number): boolean => step >= first && step <= last;
  const seen: Picture = {
    ...picture,
    columns: picture.columns.map((column) => cutColumn(column, look.span)),
    figure: {
      ...figure,
      lines: figure.lines.map((line) => cutLine(line, look.span)),
      bands: figure.bands.map((band) => cutBand(band, look.span)),
      marks: figure.marks.filter(({ step }) => isIn(step)),
      spans: figure.spans
        .filter((span) => overlaps(span, look.span))
        .map((span) => ({ ...span, from: Math.max(span.from, first), to: Math.min(span.to, last) })),
      shown: figure.shown !== null && isIn(figure.shown) ? figure.shown : null,
      bounds: boundsOf(board, look.span),
      span: look.span,
      axis: look.axis,
      still: true,
    },
  };
  if (picture.empty === "" && seen.columns.every(({ step }) => step.length === 0))
    return nothing(`Nothing of it is ${where}.`);
  return look.logs.has(spec.id) ? logged(seen) : seen;
}

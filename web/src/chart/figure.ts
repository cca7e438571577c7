/** A chart as data: lines, bands, marked points and bars, without a word of the chart library. */
import { smoothedBy, type Curve } from "../derive";
import { lowerBound, spacingOf, valueSteps, type Track } from "../series";
import type { Severity } from "../wire";
import { STEPS, type Axis } from "./axis";
import type { Smoothing, Window } from "./lens";

export type Colour = `s${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}` | "danger" | "dim";
export type Shape = "nan" | "inf" | "-inf" | "epoch" | "checkpoint" | "note" | "raised" | "gap" | "attempt" | Severity;
export type Format = "value" | "lr" | "share" | "bytes" | "rate";

export interface Line {
  name: string;
  step: readonly number[];
  value: readonly number[];
  colour: Colour;
  dash?: boolean;
  /** Drawn faintly and without hover: the raw curve under its smoothed one. */
  faint?: boolean;
  dots?: boolean;
  /** A line in its own colour, told apart by more than colour. */
  pattern?: "solid" | "dash" | "dot";
}

export interface Band {
  step: readonly number[];
  low: readonly number[];
  high: readonly number[];
  colour: Colour;
}

export interface Mark {
  step: number;
  /** Where on the value axis; marks of the run itself (epochs, notes) stand at the foot of the chart. */
  value: number | null;
  shape: Shape;
  text: string;
  /** The finding that it is of. */
  alert?: string;
  /** The series on whose line it stands. */
  of?: string;
}

/** What each shape is, as a legend says it. */
export const SHAPE_WORDS: Record<Shape, string> = {
  nan: "NaN",
  inf: "+Inf",
  "-inf": "−Inf",
  epoch: "epoch",
  checkpoint: "checkpoint",
  note: "note",
  raised: "raised by your code",
  gap: "records lost",
  attempt: "resumed",
  critical: "critical finding",
  warning: "warning",
  info: "finding to note",
};

const FINDINGS: ReadonlySet<Shape> = new Set(["critical", "warning", "info"]);

export const isFinding = (mark: Mark): boolean => FINDINGS.has(mark.shape);

export interface Bars {
  rows: readonly string[];
  parts: readonly { name: string; colour: Colour; values: readonly number[] }[];
}

/** Steps that a finding is about. */
export interface Span {
  from: number;
  to: number;
  severity: Severity;
}

export interface Figure {
  lines: Line[];
  bands: Band[];
  marks: Mark[];
  bars: Bars | null;
  format: Format;
  fromZero: boolean;
  spans: readonly Span[];
  /** A step that is pointed out. */
  shown: number | null;
  /** First and last step that are drawn: charts of one run share one axis. */
  span: readonly [number, number] | null;
  /** What stands along the x axis; everything here is told in steps all the same. */
  axis: Axis;
  log: boolean;
  /** Steps from which on a later attempt of the run goes on, with its words. */
  bounds: readonly Bound[];
  /** Whether what is under the pointer is told by a glass over the chart, and not by the chart library. */
  still: boolean;
}

export interface Bound {
  step: number;
  text: string;
}

export const figure = (parts: Partial<Figure> = {}): Figure => ({
  lines: [],
  bands: [],
  marks: [],
  bars: null,
  format: "value",
  fromZero: false,
  spans: [],
  shown: null,
  span: null,
  axis: STEPS,
  log: false,
  bounds: [],
  still: false,
  ...parts,
});

/** Fewer points than this are drawn as dots on a line, more as a smoothed line over the raw one. */
const SMOOTH_FROM = 60;

/** How curves are looked at. */
export interface Manner {
  smoothing: Smoothing;
  /** First and last step that are drawn. */
  span: Window | null;
}

export const PLAIN: Manner = { smoothing: { kind: "none" }, span: null };
const AUTO: Manner = { smoothing: { kind: "auto" }, span: null };

interface Drawn {
  name: string;
  colour: Colour;
  spacing: number;
  buckets: number;
}

function linesOf({ step, value }: Curve, { name, colour, spacing, buckets }: Drawn, manner: Manner): Line[] {
  const { smoothing, span } = manner;
  const [from, to] = span ?? [-Infinity, Infinity];
  const first = lowerBound(step, from);
  const isFew = lowerBound(step, to + 1) - first < SMOOTH_FROM && first >= buckets;
  const dots = isFew ? { dots: true } : {};
  if (smoothing.kind === "none" || (smoothing.kind === "auto" && isFew))
    return [{ name, step, value, colour, ...dots }];
  return [
    { name: `${name}, as logged`, step, value, colour, faint: true, ...dots },
    { name, step, value: smoothedBy(smoothing, step, value, spacing), colour },
  ];
}

/** A series as the page draws it: the raw curve, and its band where it is thinned, under the smoothed one. */
export function drawTrack(
  track: Track,
  name: string,
  colour: Colour,
  manner: Manner = AUTO,
): Pick<Figure, "lines" | "bands"> {
  const { value, low, high, buckets } = track;
  const step = valueSteps(track);
  const lines = linesOf({ step, value }, { name, colour, buckets, spacing: spacingOf(track) }, manner);
  return { lines, bands: buckets > 0 ? [finiteBand(step, low, high, colour)] : [] };
}

/** A curve made of others; `spacing` is that of the logged points that it was made of. */
export function drawCurve(curve: Curve, name: string, colour: Colour, manner: Manner = AUTO, spacing = 1): Line[] {
  return linesOf(curve, { name, colour, spacing, buckets: 0 }, manner);
}

function finiteBand(step: readonly number[], low: readonly number[], high: readonly number[], colour: Colour): Band {
  const kept = step.map((_, index) => index).filter((index) => !Number.isNaN(low[index] ?? NaN));
  const pick = (values: readonly number[]): number[] => kept.map((index) => values[index] ?? NaN);
  return { step: pick(step), low: pick(low), high: pick(high), colour };
}

/** A chart as data: lines, bands, marked points and bars, without a word of the chart library. */
import { smooth, type Curve } from "../derive";
import { valueSteps, type Track } from "../series";
import type { Severity } from "../wire";

export type Colour = `s${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}` | "danger" | "dim";
export type Shape = "nan" | "inf" | "-inf" | "epoch" | "checkpoint" | "note" | "raised" | "gap" | Severity;
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
  /** First and last step of the whole run: charts of one run share one axis. */
  span: readonly [number, number] | null;
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
  ...parts,
});

/** Fewer points than this are drawn as dots on a line, more as a smoothed line over the raw one. */
const SMOOTH_FROM = 60;

/** A series as the page draws it: the raw curve, or its band when thinned, under the smoothed one. */
export function drawTrack(
  track: Track,
  name: string,
  colour: Colour,
  smoothed = true,
): Pick<Figure, "lines" | "bands"> {
  const { value, low, high } = track;
  const step = valueSteps(track);
  if (step.length < SMOOTH_FROM) return { lines: [{ name, step, value, colour, dots: true }], bands: [] };
  const bands: Band[] = track.buckets > 0 ? [finiteBand(step, low, high, colour)] : [];
  if (!smoothed) return { lines: [{ name, step, value, colour }], bands };
  const lines: Line[] = [
    { name: `${name}, as logged`, step, value, colour, faint: true },
    { name, step, value: smooth(step, value), colour },
  ];
  return { lines, bands };
}

export function drawCurve(curve: Curve, name: string, colour: Colour): Line[] {
  if (curve.step.length < SMOOTH_FROM) return [{ name, ...curve, colour, dots: true }];
  return [
    { name: `${name}, as logged`, ...curve, colour, faint: true },
    { name, step: curve.step, value: smooth(curve.step, curve.value), colour },
  ];
}

function finiteBand(step: readonly number[], low: readonly number[], high: readonly number[], colour: Colour): Band {
  const kept = step.map((_, index) => index).filter((index) => !Number.isNaN(low[index] ?? NaN));
  const pick = (values: readonly number[]): number[] => kept.map((index) => values[index] ?? NaN);
  return { step: pick(step), low: pick(low), high: pick(high), colour };
}

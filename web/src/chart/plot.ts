/** With its neighbours plot-*.ts the only file that knows the chart library: it loads it, and turns a figure into a picture. */
import type { Drawn, PlotlyElement, PlotlyLibrary, PlotlyPart } from "plotly.js-basic-dist-min";
import { formatCount } from "../format";
import type { Axis } from "./axis";
import {
  isFinding,
  SHAPE_WORDS,
  type Band,
  type Bars,
  type Figure,
  type Format,
  type Line,
  type Shape,
} from "./figure";
import { groundOf, MARGIN, rangeOf, valueRange, type Ground } from "./ground";
import { barXAxis, barYAxis, xAxis, yAxis } from "./plot-axes";
import { escapeName, escapeText, wrapped } from "./plot-text";
import { ON_LINE, PLACES, SYMBOLS } from "./shapes";

export interface Theme {
  colour(name: string): string;
  coarse: boolean;
}

const HOVER: Record<Format, string> = { value: ".4~g", lr: ".4~g", share: ".1%", bytes: ".3~s", rate: ",.4~g" };

let library: PlotlyLibrary | null = null;

export async function loadPlot(): Promise<void> {
  library = (await import("plotly.js-basic-dist-min")).default;
}

export function draw(element: HTMLElement, figure: Figure, theme: Theme): void {
  if (!library) return;
  const traces = figure.bars
    ? barTraces(figure.bars, theme)
    : [
        ...figure.bands.flatMap((band) => bandTraces(band, figure.axis, theme)),
        ...figure.lines.map((line) => lineTrace(line, figure, theme)),
        ...markTraces(figure, theme),
      ];
  const staticPlot = figure.still && !figure.bars;
  const config = { displayModeBar: false, responsive: false, showTips: false, doubleClick: "reset", staticPlot };
  void library.react(element, traces, layout(element, figure, theme), config);
  grounds.set(element, groundOf(figure, element.clientWidth, element.clientHeight));
  element.dispatchEvent(new Event(DRAWN));
}

/** The library with what it drew in an element: for files, and to know where a mark stands. */
export function drawn(element: HTMLElement): Drawn | null {
  const { data, layout, _fullLayout: full } = element as Partial<PlotlyElement>;
  return library && data && layout && full ? { library, data, layout, full } : null;
}
/** Told at the element of a chart after each drawing. */
export const DRAWN = "drawn";
const grounds = new WeakMap<HTMLElement, Ground>();

/** Where things stand on a chart as it was last drawn. */
export const groundIn = (element: HTMLElement): Ground | undefined => grounds.get(element);

export function purge(element: HTMLElement): void {
  library?.purge(element);
}

/** A gap is a `null` to the library; a NaN would be read as one too, but costs a warning. */
const gaps = (values: readonly number[]): (number | null)[] =>
  values.map((value) => (Number.isNaN(value) ? null : value));

const along = (axis: Axis, steps: readonly number[]): readonly number[] =>
  axis.kind === "step" ? steps : steps.map(axis.of);

function lineTrace(line: Line, { axis, format }: Figure, theme: Theme): PlotlyPart {
  const colour = theme.colour(line.dash ? "ink" : line.colour);
  return {
    type: "scatter",
    mode: line.dots ? "lines+markers" : "lines",
    x: along(axis, line.step),
    y: gaps(line.value),
    name: escapeText(line.name),
    opacity: line.faint ? 0.3 : 1,
    line: {
      color: colour,
      width: line.faint ? 1 : line.dash ? 1.2 : 1.8,
      dash: line.dash ? "4px,4px" : (line.pattern ?? "solid"),
    },
    marker: { size: 6, color: colour },
    connectgaps: line.dots ?? false,
    cliponaxis: !line.dots,
    hoverinfo: "all",
    hovertemplate: `${escapeName(line.name)} %{y:${HOVER[format]}}<extra></extra>`,
  };
}

/** The edges are drawn too: the fill of a spike of one bucket would be too faint to see. */
function bandTraces(band: Band, axis: Axis, theme: Theme): PlotlyPart[] {
  const fill = translucent(theme.colour(band.colour));
  const line = { width: 0.7, color: `${theme.colour(band.colour).slice(0, 7)}40` };
  const x = along(axis, band.step);
  const common = { type: "scatter", mode: "lines", x, hoverinfo: "skip", line, showlegend: false };
  return [
    { ...common, y: band.low },
    { ...common, y: band.high, fill: "tonexty", fillcolor: fill },
  ];
}

/** `#rrggbb` at a sixth of its strength. */
const translucent = (hex: string): string => `${hex.slice(0, 7)}2b`;

/** Marks of one shape are one trace; those of the run itself stand at the foot, on an axis of their own. */
function markTraces({ marks, axis }: Figure, theme: Theme): PlotlyPart[] {
  return (Object.keys(SYMBOLS) as Shape[]).flatMap((shape) => {
    const group = marks.filter((mark) => mark.shape === shape);
    if (group.length === 0) return [];
    const { at, size, colour: name } = PLACES[shape] ?? ON_LINE;
    const colour = theme.colour(name);
    return {
      type: "scatter",
      mode: "markers",
      name: SHAPE_WORDS[shape],
      x: group.map((mark) => axis.of(mark.step)),
      y: group.map((mark) => at ?? mark.value),
      yaxis: at === null ? "y" : "y2",
      text: group.map((mark) => (isFinding(mark) ? wrapped(mark.text) : [mark.text]).map(escapeText).join("<br>")),
      hovertemplate: "%{text}<extra></extra>",
      cliponaxis: false,
      marker: { symbol: SYMBOLS[shape], size, color: colour, line: { width: 1.8, color: colour } },
    };
  });
}

function barTraces(bars: Bars, theme: Theme): PlotlyPart[] {
  return bars.parts.map((part) => ({
    type: "bar",
    orientation: "h",
    name: escapeText(part.name),
    y: bars.rows.map(escapeText),
    x: part.values,
    width: 0.42,
    marker: { color: theme.colour(part.colour), line: { width: 1, color: theme.colour("card") } },
    text: part.values.map((value) => (value >= 0.06 ? `${(value * 100).toFixed(0)}%` : "")),
    textposition: "inside",
    insidetextanchor: "middle",
    textangle: 0,
    textfont: { color: theme.colour("on-series") },
    hovertemplate: `${escapeName(part.name)} %{x:.1%}<extra></extra>`,
  }));
}

function layout(element: HTMLElement, figure: Figure, theme: Theme): PlotlyPart {
  const [ink, dim, hair] = [theme.colour("ink"), theme.colour("dim"), theme.colour("line")];
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    margin: figure.bars ? { ...MARGIN, l: 8, t: 4 } : MARGIN,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 11, color: dim },
    showlegend: false,
    hovermode: figure.bars ? "closest" : figure.still ? false : "x unified",
    hoverdistance: 24,
    hoverlabel: { bgcolor: theme.colour("card"), bordercolor: hair, font: { color: ink, size: 12 }, align: "left" },
    dragmode: theme.coarse || figure.bars || figure.still ? false : "zoom",
    uirevision: figure.bars ? "bars" : figure.still ? null : "lines",
    barmode: "stack",
    separators: ".,",
    shapes: figure.bars ? [] : [...verticals(figure, theme), ...spanBands(figure, theme), ...shownLine(figure, ink)],
    xaxis: figure.bars ? barXAxis() : xAxis(figure, rangeOf(figure), element.clientWidth, dim),
    annotations: figure.bars ? barLabels(figure.bars) : [...boundLabels(figure, theme), ...shownLabel(figure, theme)],
    yaxis: figure.bars ? barYAxis() : yAxis(figure, valueRange(figure), hair),
    yaxis2: { overlaying: "y", range: [0, 1], visible: false, fixedrange: true },
  };
}

/** Epochs as dotted lines, and dashed where a later attempt goes on. */
function verticals({ marks, bounds, axis }: Figure, theme: Theme): PlotlyPart[] {
  const at = (step: number, dash: string, colour: string): PlotlyPart => {
    const [x, line] = [axis.of(step), { width: 1, color: theme.colour(colour), dash }];
    return { type: "line", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, line, layer: "below" };
  };
  const epochs = marks.filter(({ shape }) => shape === "epoch").map(({ step }) => at(step, "1px,3px", "dim"));
  return [...epochs, ...bounds.map(({ step }) => at(step, "6px,3px", "ink"))];
}

const MOST_WORDS = 3;

/** Words at the head of a few bounds; of many only the last, since they would stand over each other. */
function boundLabels({ bounds, axis, span }: Figure, theme: Theme): PlotlyPart[] {
  return (bounds.length > MOST_WORDS ? bounds.slice(-1) : bounds).map(({ step, text }) => ({
    x: axis.of(step),
    y: 1,
    yref: "paper",
    yanchor: "top",
    xanchor: span !== null && step > (span[0] + span[1]) / 2 ? "right" : "left",
    text: ` ${escapeText(text)} `,
    showarrow: false,
    bgcolor: theme.colour("card"),
    font: { size: 10, color: theme.colour("dim") },
  }));
}

/** What a finding saw, faintly behind the curves. */
function spanBands(figure: Figure, theme: Theme): PlotlyPart[] {
  return figure.spans.map(({ from, to, severity }) => ({
    type: "rect",
    yref: "paper",
    x0: figure.axis.of(from),
    x1: figure.axis.of(to),
    y0: 0,
    y1: 1,
    layer: "below",
    line: { width: 0 },
    fillcolor: `${theme.colour(PLACES[severity]?.colour ?? "dim").slice(0, 7)}14`,
  }));
}

/** The step that is pointed out, as a line with its number. */
function shownLine({ shown, axis }: Figure, ink: string): PlotlyPart[] {
  if (shown === null) return [];
  const x = axis.of(shown);
  return [{ type: "line", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, line: { width: 1.5, color: ink } }];
}

function shownLabel({ shown, span, axis }: Figure, theme: Theme): PlotlyPart[] {
  if (shown === null) return [];
  const isLate = span !== null && shown > (span[0] + span[1]) / 2;
  return [
    {
      x: axis.of(shown),
      y: 0,
      yref: "paper",
      yanchor: "bottom",
      xanchor: isLate ? "right" : "left",
      text: ` step ${formatCount(shown)} `,
      showarrow: false,
      bgcolor: theme.colour("card"),
      font: { size: 11, color: theme.colour("ink") },
    },
  ];
}

/** The names of the rows stand above their bars: beside them they would take half the width. */
const barLabels = (bars: Bars): PlotlyPart[] =>
  bars.rows.map((row) => ({
    text: escapeText(row),
    x: 0,
    y: escapeText(row),
    xanchor: "left",
    yshift: 26,
    showarrow: false,
    font: { size: 11 },
  }));

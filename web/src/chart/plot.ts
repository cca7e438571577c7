/** The only file that knows the chart library: it loads it, and turns a figure into a picture. */
import type { Drawn, PlotlyElement, PlotlyLibrary, PlotlyPart } from "plotly.js-basic-dist-min";
import { formatCount } from "../format";
import {
  isFinding,
  SHAPE_WORDS,
  type Band,
  type Bars,
  type Figure,
  type Format,
  type Line,
  type Mark,
  type Shape,
} from "./figure";
import { ON_LINE, PLACES, SYMBOLS } from "./shapes";
import { escapeName, escapeText, wrapped } from "./plot-text";

export interface Theme {
  colour(name: string): string;
  coarse: boolean;
}

const HOVER: Record<Format, string> = { value: ".4~g", lr: ".4~g", share: ".1%", bytes: ".3~s", rate: ",.4~g" };
const MARGIN = { l: 50, r: 10, t: 8, b: 24 };

let library: PlotlyLibrary | null = null;

export async function loadPlot(): Promise<void> {
  library = (await import("plotly.js-basic-dist-min")).default;
}

export function draw(element: HTMLElement, figure: Figure, theme: Theme): void {
  if (!library) return;
  const traces = figure.bars
    ? barTraces(figure.bars, theme)
    : [
        ...figure.bands.flatMap((band) => bandTraces(band, theme)),
        ...figure.lines.map((line) => lineTrace(line, figure.format, theme)),
        ...markTraces(figure.marks, theme),
      ];
  const config = { displayModeBar: false, responsive: false, showTips: false, doubleClick: "reset" };
  void library.react(element, traces, layout(element, figure, theme), config);
}

/** The library with what it drew in an element: for files, and to know where a mark stands. */
export function drawn(element: HTMLElement): Drawn | null {
  const { data, layout, _fullLayout: full } = element as Partial<PlotlyElement>;
  return library && data && layout && full ? { library, data, layout, full } : null;
}

export function purge(element: HTMLElement): void {
  library?.purge(element);
}

/** A gap is a `null` to the library; a NaN would be read as one too, but costs a warning. */
const gaps = (values: readonly number[]): (number | null)[] =>
  values.map((value) => (Number.isNaN(value) ? null : value));

function lineTrace(line: Line, format: Format, theme: Theme): PlotlyPart {
  const colour = theme.colour(line.dash ? "ink" : line.colour);
  return {
    type: "scatter",
    mode: line.dots ? "lines+markers" : "lines",
    x: line.step,
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

function bandTraces(band: Band, theme: Theme): PlotlyPart[] {
  const common = {
    type: "scatter",
    mode: "lines",
    x: band.step,
    hoverinfo: "skip",
    line: { width: 0 },
    showlegend: false,
  };
  const fill = translucent(theme.colour(band.colour));
  return [
    { ...common, y: band.low },
    { ...common, y: band.high, fill: "tonexty", fillcolor: fill },
  ];
}

/** `#rrggbb` at a sixth of its strength. */
const translucent = (hex: string): string => `${hex.slice(0, 7)}2b`;

/** Marks of one shape are one trace; those of the run itself stand at the foot, on an axis of their own. */
function markTraces(marks: readonly Mark[], theme: Theme): PlotlyPart[] {
  return (Object.keys(SYMBOLS) as Shape[]).flatMap((shape) => {
    const group = marks.filter((mark) => mark.shape === shape);
    if (group.length === 0) return [];
    const { at, size, colour: name } = PLACES[shape] ?? ON_LINE;
    const colour = theme.colour(name);
    return {
      type: "scatter",
      mode: "markers",
      name: SHAPE_WORDS[shape],
      x: group.map((mark) => mark.step),
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
    hovermode: figure.bars ? "closest" : "x unified",
    hoverdistance: 24,
    hoverlabel: { bgcolor: theme.colour("card"), bordercolor: hair, font: { color: ink, size: 12 }, align: "left" },
    dragmode: theme.coarse || figure.bars ? false : "zoom",
    uirevision: figure.bars ? "bars" : "lines",
    barmode: "stack",
    separators: ".,",
    shapes: figure.bars
      ? []
      : [...epochLines(figure.marks, dim), ...spanBands(figure, theme), ...shownLine(figure, ink)],
    xaxis: figure.bars ? barXAxis() : xAxis(figure, dim),
    annotations: figure.bars ? barLabels(figure.bars) : shownLabel(figure, theme),
    yaxis: figure.bars ? barYAxis() : yAxis(figure, hair),
    yaxis2: { overlaying: "y", range: [0, 1], visible: false, fixedrange: true },
  };
}

function epochLines(marks: readonly Mark[], colour: string): PlotlyPart[] {
  const line = { width: 1, color: colour, dash: "1px,3px" };
  return marks
    .filter((mark) => mark.shape === "epoch")
    .map(({ step }) => ({ type: "line", yref: "paper", x0: step, x1: step, y0: 0, y1: 1, line, layer: "below" }));
}

/** What a finding saw, faintly behind the curves. */
function spanBands(figure: Figure, theme: Theme): PlotlyPart[] {
  return figure.spans.map(({ from, to, severity }) => ({
    type: "rect",
    yref: "paper",
    x0: from,
    x1: to,
    y0: 0,
    y1: 1,
    layer: "below",
    line: { width: 0 },
    fillcolor: `${theme.colour(PLACES[severity]?.colour ?? "dim").slice(0, 7)}14`,
  }));
}

/** The step that is pointed out, as a line with its number. */
function shownLine({ shown }: Figure, ink: string): PlotlyPart[] {
  if (shown === null) return [];
  return [{ type: "line", yref: "paper", x0: shown, x1: shown, y0: 0, y1: 1, line: { width: 1.5, color: ink } }];
}

function shownLabel({ shown, span }: Figure, theme: Theme): PlotlyPart[] {
  if (shown === null) return [];
  const isLate = span !== null && shown > (span[0] + span[1]) / 2;
  return [
    {
      x: shown,
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

function xAxis(figure: Figure, dim: string): PlotlyPart {
  const [first, last] = figure.span ?? [0, 1];
  const air = (last - first) * 0.01;
  return {
    range: [first - air, last + air],
    tickformat: ",d",
    hoverformat: ",d",
    unifiedhovertitle: { text: "step %{x:,d}" },
    showgrid: false,
    zeroline: false,
    nticks: 6,
    spikecolor: dim,
    spikethickness: 1,
    spikedash: "2px,3px",
    // Steps are whole: without this a run of three steps is given half ones.
    ...(last - first < 6 ? { dtick: 1 } : {}),
  };
}

function yAxis(figure: Figure, hair: string): PlotlyPart {
  const ticks: Record<Format, PlotlyPart> = {
    value: { exponentformat: "e", minexponent: 4 },
    lr: { exponentformat: "e", minexponent: 2 },
    share: { tickformat: ".0%" },
    bytes: { exponentformat: "SI" },
    rate: { exponentformat: "SI" },
  };
  const range = flatRange(figure) ?? (figure.fromZero ? { rangemode: "tozero" } : {});
  return { gridcolor: hair, zeroline: false, nticks: 6, automargin: false, ...range, ...ticks[figure.format] };
}

/** A curve that never moves gets a range of its own size: left alone, the library shows it digits of nothing. */
function flatRange(figure: Figure): PlotlyPart | null {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of figure.lines.flatMap((line) => line.value)) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (least !== greatest) return null;
  const air = least === 0 ? 1 : Math.abs(least) * 0.5;
  return { range: figure.fromZero && least >= 0 ? [0, least + air] : [least - air, least + air] };
}

const barXAxis = (): PlotlyPart => ({
  range: [0, 1],
  tickformat: ".0%",
  showgrid: false,
  zeroline: false,
  fixedrange: true,
});

const barYAxis = (): PlotlyPart => ({
  autorange: "reversed",
  showgrid: false,
  showticklabels: false,
  fixedrange: true,
});

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

/** The axes of a chart as the chart library is told them. */
import type { PlotlyPart } from "plotly.js-basic-dist-min";
import type { Figure, Format } from "./figure";
import type { Range } from "./ground";
import { timeTicks } from "./ticks";

const TICKS = 6;
const PIXELS_A_TICK = 76;

export function xAxis({ axis, span }: Figure, range: Range, width: number, dim: string): PlotlyPart {
  const common = {
    range: [...range],
    showgrid: false,
    zeroline: false,
    fixedrange: axis.kind !== "step",
    nticks: TICKS,
    spikecolor: dim,
    spikethickness: 1,
    spikedash: "2px,3px",
    tickmode: "auto",
    tickvals: null,
    ticktext: null,
    dtick: null,
    tickformat: "",
  };
  if (axis.kind === "epoch") return { ...common, hoverformat: ".4~g" };
  if (axis.kind === "relative" || axis.kind === "wall") {
    const ticks = timeTicks(axis.kind, range[0], range[1], Math.max(2, Math.min(TICKS, width / PIXELS_A_TICK)));
    return {
      ...common,
      unifiedhovertitle: { text: axis.kind === "wall" ? "" : "%{x:,.0f} s" },
      tickmode: "array",
      tickvals: ticks.map(({ at }) => at),
      ticktext: ticks.map(({ text }) => text),
    };
  }
  const [first, last] = span ?? [0, 1];
  return {
    ...common,
    tickformat: ",d",
    hoverformat: ",d",
    unifiedhovertitle: { text: `${axis.name ?? axis.kind} %{x:,d}` },
    // Steps are whole: without this a run of three steps is given half ones.
    ...(axis.of(last) - axis.of(first) < TICKS ? { tickmode: "linear", tick0: 0, dtick: 1 } : {}),
  };
}

const TICKS_OF: Record<Format, PlotlyPart> = {
  value: { exponentformat: "e", minexponent: 4, tickformat: "" },
  lr: { exponentformat: "e", minexponent: 2, tickformat: "" },
  share: { tickformat: ".0%" },
  bytes: { exponentformat: "SI", tickformat: "" },
  rate: { exponentformat: "SI", tickformat: "" },
};

export function yAxis(figure: Figure, range: Range, hair: string): PlotlyPart {
  const kind = figure.log ? logAxis(range) : { type: "linear", dtick: null, nticks: TICKS };
  return {
    gridcolor: hair,
    zeroline: false,
    automargin: false,
    range: [...range],
    ...kind,
    ...TICKS_OF[figure.format],
  };
}

/** Powers of ten are enough where there are some; within one or two of them the digits between are told as well. */
function logAxis([low, high]: Range): PlotlyPart {
  return { type: "log", nticks: TICKS, dtick: high - low > TICKS ? null : high - low > 2 ? 1 : "D2" };
}

export const barXAxis = (): PlotlyPart => ({
  range: [0, 1],
  tickformat: ".0%",
  showgrid: false,
  zeroline: false,
  fixedrange: true,
});

export const barYAxis = (): PlotlyPart => ({
  autorange: "reversed",
  showgrid: false,
  showticklabels: false,
  fixedrange: true,
});

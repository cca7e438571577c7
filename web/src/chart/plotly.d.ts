/** The few declarations of the chart library that are used here; its own typings lag behind. */
declare module "plotly.js-basic-dist-min" {
  export type PlotlyPart = Record<string, unknown>;
  export interface PlotlyLibrary {
    react(element: HTMLElement, traces: PlotlyPart[], layout: PlotlyPart, config: PlotlyPart): Promise<unknown>;
    purge(element: HTMLElement): void;
    toImage(figure: { data: PlotlyPart[]; layout: PlotlyPart }, options: PlotlyPart): Promise<string>;
  }
  /** An axis as it was drawn: `d2p` tells the place of a value in pixels, from `_offset` on. */
  export interface PlotlyAxis {
    _offset: number;
    _length: number;
    d2p(value: number): number;
  }
  export interface PlotlyElement {
    data: PlotlyPart[];
    layout: PlotlyPart;
    _fullLayout: { xaxis: PlotlyAxis; yaxis: PlotlyAxis };
  }
  export interface Drawn {
    library: PlotlyLibrary;
    data: PlotlyPart[];
    layout: PlotlyPart;
    full: PlotlyElement["_fullLayout"];
  }
  const plotly: PlotlyLibrary;
  export default plotly;
}

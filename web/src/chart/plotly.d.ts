/** The five declarations of the chart library that are used here; its own typings lag behind. */
declare module "plotly.js-basic-dist-min" {
  export type PlotlyPart = Record<string, unknown>;
  export interface PlotlyLibrary {
    react(element: HTMLElement, traces: PlotlyPart[], layout: PlotlyPart, config: PlotlyPart): Promise<unknown>;
    purge(element: HTMLElement): void;
  }
  const plotly: PlotlyLibrary;
  export default plotly;
}

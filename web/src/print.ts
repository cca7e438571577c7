/** Printing: the page is laid out as a sheet of paper first, so that charts are drawn for it, in light colours. */
import { onPaper } from "./paper";

const SETTLE_MS = 400;
const MOST_WAIT_MS = 15_000;

const pause = (ms: number): Promise<void> => new Promise((go) => window.setTimeout(go, ms));

/** Whether every chart that has something to show is drawn at its present width. */
function isDrawn(): boolean {
  const charts = [...document.querySelectorAll<HTMLElement>(".chart .plot")];
  return charts.every((plot) => plot.dataset.hidden === "true" || isFitting(plot));
}

function isFitting(plot: HTMLElement): boolean {
  const drawn = plot.querySelector("svg.main-svg");
  return drawn !== null && Math.abs(drawn.getBoundingClientRect().width - plot.clientWidth) < 2;
}

/** Lays the page out as paper, waits for its charts, and opens the browser's print dialog. */
export async function preparePrint(): Promise<void> {
  document.documentElement.dataset.paper = "";
  onPaper.value = true;
  const end = performance.now() + MOST_WAIT_MS;
  do await pause(SETTLE_MS);
  while (!isDrawn() && performance.now() < end);
  window.print();
  delete document.documentElement.dataset.paper;
  onPaper.value = false;
}

/** How the charts of a board are looked at: axis, window, smoothing. The address holds it, so a link shows the same. */
import { computed, effect, signal, untracked } from "@preact/signals";
import { goWith, query } from "../state";

export const X_AXES = ["step", "update", "epoch", "relative", "wall"] as const;
export type XAxis = (typeof X_AXES)[number];

/** `ema` keeps `amount` (0 to below 1) of what was; `median` is that of `amount` points. */
export type Smoothing = { kind: "auto" } | { kind: "none" } | { kind: "ema" | "median"; amount: number };

/** First and last step that are looked at, inclusive; `Infinity` as the last: to the end, wherever it moves. */
export type Window = readonly [from: number, to: number];

export function parseSmoothing(text: string | null): Smoothing {
  const [kind, told] = (text ?? "auto").split(":");
  const amount = Number(told);
  if (kind === "none") return { kind };
  if (kind === "ema" && amount > 0 && amount < 1) return { kind, amount };
  if (kind === "median" && Number.isInteger(amount) && amount > 1 && amount <= 999) return { kind, amount };
  return { kind: "auto" };
}

export const smoothingText = (told: Smoothing): string | null =>
  told.kind === "auto" ? null : told.kind === "none" ? "none" : `${told.kind}:${told.amount}`;

const stepOf = (text: string | null): number | null => (text !== null && /^\d{1,19}$/.test(text) ? Number(text) : null);

export function parseWindow(from: string | null, to: string | null): Window | null {
  const [first, last] = [stepOf(from), to === null ? Infinity : stepOf(to)];
  return first !== null && last !== null && first < last ? [first, last] : null;
}

/** The lens of the board on this page: there is one board at a time. */
export const lens = {
  x: computed<XAxis>(() => X_AXES.find((axis) => axis === query.value.get("x")) ?? "step"),
  window: computed<Window | null>(() => parseWindow(query.value.get("from"), query.value.get("to"))),
  smoothing: computed<Smoothing>(() => parseSmoothing(query.value.get("smooth"))),
  /** Charts, by their ids, whose value axis is logarithmic. */
  logs: computed<ReadonlySet<string>>(() => new Set(query.value.getAll("log"))),
  /** The one chart that fills the screen. */
  full: computed<string | null>(() => query.value.get("full")),
  /** An earlier attempt of a resumed run that is looked at instead of the whole. */
  attempt: computed<number | null>(() => stepOf(query.value.get("attempt"))),
  /** What the names of the charts must hold to be shown. */
  filter: computed<string>(() => query.value.get("charts") ?? ""),
  /** Groups of many charts that are shown in full. */
  unfolded: computed<ReadonlySet<string>>(() => new Set(query.value.getAll("unfold"))),
  /** The step under the pointer, of whichever chart it is over. Not in the address. */
  cursor: signal<number | null>(null),
};

export function lookAlong(x: XAxis): void {
  goWith({ x: x === "step" ? null : x });
}

/** Looks at these steps alone, or at all of the run; however often the window is moved, Back leads to the whole run. */
export function lookAt(window: Window | null): void {
  const isTurn = (window === null) !== (lens.window.peek() === null);
  const to = window && Number.isFinite(window[1]) ? String(window[1]) : null;
  goWith({ from: window ? String(window[0]) : null, to }, isTurn);
}

export function smoothBy(smoothing: Smoothing): void {
  goWith({ smooth: smoothingText(smoothing) });
}

export function toggleLog(chart: string): void {
  const logs = new Set(lens.logs.peek());
  if (!logs.delete(chart)) logs.add(chart);
  goWith({ log: [...logs] });
}

export function fill(chart: string | null): void {
  goWith({ full: chart }, chart !== null);
}

export function lookAtAttempt(attempt: number | null): void {
  goWith({ attempt: attempt === null ? null : String(attempt) });
}

export function filterCharts(text: string): void {
  goWith({ charts: text === "" ? null : text });
}

export function unfold(group: string): void {
  goWith({ unfold: [...lens.unfolded.peek(), group] });
}

/** Tells whenever the charts must be drawn otherwise than before. */
export function lensChanges(act: () => void): () => void {
  let known: unknown[] = [];
  return effect(() => {
    const now = [lens.x.value, lens.window.value, lens.smoothing.value, lens.logs.value, lens.attempt.value];
    if (known.length > 0) untracked(act);
    known = now;
  });
}

/** The arithmetic of the window over the steps of a run: zooming, moving, and what of it is worth keeping; pure. */
import type { Window } from "./lens";

const LEAST_STEPS = 2;

/** First and last step as they are drawn; a window to the end goes as far as the run has come. */
export function shownOf(window: Window | null, whole: Window): Window {
  if (!window) return whole;
  const [from, to] = window;
  return [from, to === Infinity ? Math.max(whole[1], from + LEAST_STEPS) : to];
}

/** A window to keep: whole steps, at least a few, none where it is all of the run, open where it reaches the end. */
export function tidy(from: number, to: number, whole: Window): Window | null {
  const [first, last] = whole;
  const middle = (from + to) / 2;
  const half = Math.max((to - from) / 2, LEAST_STEPS / 2);
  const low = Math.max(first, Math.round(middle - half));
  const high = Math.max(Math.round(middle + half), low + LEAST_STEPS);
  if (high >= last) return low <= first ? null : [Math.max(first, Math.min(low, last - LEAST_STEPS)), Infinity];
  return [low, high];
}

/** `factor` below 1 looks closer; the step `about` keeps its place. */
export function zoomed(window: Window | null, whole: Window, factor: number, about?: number): Window | null {
  const [from, to] = shownOf(window, whole);
  const still = about === undefined || about < from || about > to ? (from + to) / 2 : about;
  return tidy(still - (still - from) * factor, still + (to - still) * factor, whole);
}

/** Moves by a share of the window's width, no farther than the run goes. */
export function moved(window: Window | null, whole: Window, share: number): Window | null {
  if (!window) return null;
  const [from, to] = shownOf(window, whole);
  const width = to - from;
  const by = Math.max(1, Math.round(width * Math.abs(share))) * Math.sign(share);
  const low = Math.min(Math.max(from + by, whole[0]), Math.max(whole[0], whole[1] - width));
  return tidy(low, low + width, whole);
}

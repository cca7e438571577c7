/** One line at the foot of the page that says what was done, with the way back where there is one. */
import { signal } from "@preact/signals";

export interface Notice {
  words: string;
  /** Something went wrong: said at once by screen readers, and it stays until it is closed. */
  isFault: boolean;
  undo?: (() => void) | undefined;
}

const STAYS_MS = 10_000;

export const notice = signal<Notice | null>(null);
let timer = 0;

export function dismiss(): void {
  window.clearTimeout(timer);
  notice.value = null;
}

/** Says what was done; what can be taken back can be for ten seconds, or for as long as the pointer rests on it. */
export function say(words: string, undo?: () => void): void {
  notice.value = { words, isFault: false, undo };
  resume();
}

export function sayFault(words: string): void {
  window.clearTimeout(timer);
  notice.value = { words, isFault: true };
}

/** Holds the notice while it is read. */
export function hold(): void {
  window.clearTimeout(timer);
}

export function resume(): void {
  window.clearTimeout(timer);
  if (notice.peek() && !notice.peek()?.isFault) timer = window.setTimeout(dismiss, STAYS_MS);
}

/** Keys that do something on this page, each with the words that the help shows; a view brings its own while it stands. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export interface Shortcut {
  /** As `KeyboardEvent.key` tells it; `mod+` before it stands for ⌘ or Ctrl. */
  key: string;
  words: string;
  /** Left out where the view handles the key itself: then it is only told of. */
  act?: (event: KeyboardEvent) => void;
  /** Holds on every view, not only on the one that brings it. */
  everywhere?: boolean;
}

export const MOD_K = "mod+k";
export const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);

/** What can be pressed now, in the order in which it came. */
export const shortcuts = signal<readonly Shortcut[]>([]);

/** Whether keys go into a field, where letters are letters. */
export function isTyping(target: EventTarget | null): boolean {
  const field = target instanceof HTMLElement ? target.closest("input, textarea, select, [contenteditable]") : null;
  return field !== null && !(field instanceof HTMLInputElement && /^(checkbox|radio|button|range)$/.test(field.type));
}

const nameOf = (event: KeyboardEvent): string => `${event.metaKey || event.ctrlKey ? "mod+" : ""}${event.key}`;

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
  const name = nameOf(event);
  const isMod = name.startsWith("mod+");
  if (!isMod && isTyping(event.target)) return;
  const found = shortcuts.peek().findLast(({ key, act }) => act && key === name);
  if (!found?.act) return;
  event.preventDefault();
  found.act(event);
}

export function startShortcuts(): void {
  window.addEventListener("keydown", onKey);
}

/** Has keys do something for as long as a view stands; `act` is that of the latest drawing. */
export function useShortcuts(own: readonly Shortcut[]): void {
  const latest = useRef(own);
  latest.current = own;
  useEffect(() => {
    const bound = own.map((one, index): Shortcut => {
      const act = (event: KeyboardEvent): void => latest.current[index]?.act?.(event);
      return one.act ? { ...one, act } : one;
    });
    shortcuts.value = [...shortcuts.peek(), ...bound];
    return () => {
      shortcuts.value = shortcuts.peek().filter((one) => !bound.includes(one));
    };
  }, []);
}

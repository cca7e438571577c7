/** The keys of the list: arrows walk it, Enter opens, space and x select, c compares. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { compareHref, runHref } from "../route";
import { isGroup, type Line } from "../runs/arrange";
import { toggled } from "../runs/selection";
import type { RunsStore } from "../runs/store";
import { moved } from "../runs/window";
import { isTyping, useShortcuts, type Shortcut } from "../shortcuts";
import { visit } from "../state";
import { FIRST_LINE } from "./runs-filter";
import { fold } from "./runs-group";
import { selectLine } from "./runs-row";
import type { Window } from "./runs-window";

/** Told of in the help; the list sees to them itself, for elsewhere they keep their usual meaning. */
const TOLD: readonly Shortcut[] = [
  { key: "ArrowDown", words: "Go to the next line" },
  { key: "ArrowUp", words: "Go to the line before" },
  { key: "PageDown", words: "Go a page down in the list" },
  { key: "PageUp", words: "Go a page up in the list" },
  { key: "Home", words: "Go to the first line" },
  { key: "End", words: "Go to the last line" },
  { key: "ArrowLeft", words: "Fold the group" },
  { key: "ArrowRight", words: "Unfold the group" },
  { key: "Enter", words: "Open the run" },
  { key: " ", words: "Select the run" },
];

const CONTROL = "a, button, input, select, textarea, summary, label, [contenteditable]";
const isFree = (target: EventTarget | null): boolean => !(target instanceof Element && target.closest(CONTROL));
const inTable = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest(".runs tbody") !== null;

export interface Walked {
  store: RunsStore;
  lines: readonly Line[];
  view: Window;
  /** The place of the line that was walked to; −1 before anybody walked. */
  at: number;
  walk: (key: string) => void;
}

export function Keys({ store, lines, view, at, walk }: Walked) {
  const wanted = useRef(false);
  const go = (to: number): void => {
    wanted.current = true;
    walk(lines[to]?.key ?? "");
    view.reveal(to);
  };
  useLayoutEffect(() => {
    if (!wanted.current || at < view.from || at >= view.to) return;
    wanted.current = false;
    const row = document.querySelector(`.runs tr[data-line="${at}"]`);
    const target = row?.querySelector<HTMLElement>("a.open, .fold") ?? row?.querySelector("input");
    target?.focus({ preventScroll: true });
  });
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey || event.metaKey || event.ctrlKey) return;
    if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
    const isOurs = inTable(event.target);
    if (!isOurs && !isFree(event.target)) return;
    const isArrow = event.key === "ArrowDown" || event.key === "ArrowUp";
    if (at < 0 && !isOurs && !isArrow) return; // the page scrolls as pages do
    const line = lines[at];
    const to = at < 0 && isArrow ? view.first() : moved(event.key, at, lines.length, view.page());
    if (to !== null) go(to);
    else if (!line || !actOn(event, line, store, isOurs)) return;
    event.preventDefault();
  };
  useLatest("keydown", onKey as (event: Event) => void);
  useLatest(FIRST_LINE, () => {
    if (lines.length > 0) go(0);
  });
  useOwnShortcuts(store, () => lines[at]);
  return null;
}

/** Whether the key meant something on this line. */
function actOn(event: KeyboardEvent, line: Line, store: RunsStore, isOurs: boolean): boolean {
  const { key } = event;
  if (isGroup(line)) {
    if ((key === "ArrowLeft" && !line.isFolded) || (key === "ArrowRight" && line.isFolded)) fold(line);
    else return false;
    return true;
  }
  const isBox = event.target instanceof HTMLInputElement;
  if (key === " " && !isBox) selectLine(store, line, event.shiftKey);
  else if (key === "Enter" && !isOurs && !store.deleted) visit(runHref(line.id));
  else return false;
  return true;
}

function useOwnShortcuts(store: RunsStore, line: () => Line | undefined): void {
  useShortcuts([
    ...TOLD,
    {
      key: "x",
      words: "Select the run",
      act: () => {
        const at = line();
        if (at && !isGroup(at)) store.choose(toggled(store.selected.peek(), at.id));
      },
    },
    {
      key: "c",
      words: "Compare the selected runs",
      act: () => {
        const ids = [...store.selected.peek()];
        if (ids.length > 1 && !store.deleted) visit(compareHref(ids));
      },
    },
    {
      key: "Escape",
      words: "Select nothing",
      act: () => {
        if (store.selected.peek().size > 0) store.choose(new Set());
      },
    },
  ]);
}

/** Hears an event of the window by the handler of the latest drawing. */
function useLatest(name: string, handler: (event: Event) => void): void {
  const latest = useRef(handler);
  latest.current = handler;
  useLayoutEffect(() => {
    const onEvent = (event: Event): void => {
      latest.current(event);
    };
    window.addEventListener(name, onEvent);
    return () => {
      window.removeEventListener(name, onEvent);
    };
  }, []);
}

/** What the browser's tab says: the view that is shown, and before it the worst that is open. */
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ViewName } from "./route";
import { route } from "./state";
import type { Run } from "./wire";

const NAMES: Record<ViewName, string> = {
  runs: "Runs",
  run: "Run",
  compare: "Compare",
  alerts: "Alerts",
  rules: "Rules",
  rule: "Rule",
  settings: "Settings",
  channels: "Channels",
  channel: "Channel",
  lost: "Not here",
};

/** What is shown now, and the run where it is one. */
export const shown = signal<{ words: string; run: Run | null }>({ words: "", run: null });
/** Set by the frame once it has been loaded: how it stands, in a few words. */
export const standing = signal("");
/** How many incidents are open in live runs. */
export const openCount = signal(0);

/** Names the view in the title of the page where its plain name says too little; the page of a run also hands it over, for the tab shows how it stands. */
export function useTitle(words: string, run: Run | null = null): void {
  useEffect(() => {
    shown.value = { words, run };
  }, [words, run]);
}

export const viewName = (): string => NAMES[route.peek().view];

export function startTitle(): void {
  effect(() => {
    shown.value = { words: NAMES[route.value.view], run: null };
  });
  effect(() => {
    document.title = [standing.value, shown.value.words, "lineside"].filter((part) => part !== "").join(" · ");
  });
}

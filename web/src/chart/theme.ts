/** The page's colours for the charts, read from the design tokens, and word when they change. */
import { onPaper } from "../paper";
import type { Theme } from "./plot";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const coarse = window.matchMedia("(pointer: coarse)");
let known = new Map<string, string>();

const forget = (): void => {
  known = new Map();
};
dark.addEventListener("change", forget);
onPaper.subscribe(forget);

export function theme(): Theme {
  const style = getComputedStyle(document.documentElement);
  return {
    colour(name) {
      const found = known.get(name) ?? style.getPropertyValue(`--${name}`).trim();
      known.set(name, found);
      return found;
    },
    coarse: coarse.matches,
  };
}

export function themeChanges(act: () => void): () => void {
  dark.addEventListener("change", act);
  const unprinted = onPaper.subscribe(act);
  return () => {
    dark.removeEventListener("change", act);
    unprinted();
  };
}

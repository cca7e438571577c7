/** Keys as they are written on a keyboard, and the shortcuts that hold now by where they hold; pure. */
import type { Shortcut } from "./shortcuts";

const NAMES: Record<string, string> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  " ": "Space",
};

export function keyName(key: string, mac: boolean): string {
  const isMod = key.startsWith("mod+");
  const bare = isMod ? key.slice(4) : key;
  const name = NAMES[bare] ?? (isMod ? bare.toUpperCase() : bare);
  if (!isMod) return name;
  return mac ? `⌘${name}` : `Ctrl ${name}`;
}

export interface KeyGroup {
  name: string;
  keys: { key: string; words: string }[];
}

/** Those of the view first; of two that are the same the later one holds. */
export function keyGroups(all: readonly Shortcut[], view: string, mac: boolean): KeyGroup[] {
  const latest = new Map(all.map((one) => [`${one.key} ${one.act ? "" : one.words}`, one]));
  const of = (everywhere: boolean) =>
    [...latest.values()]
      .filter((one) => (one.everywhere ?? false) === everywhere)
      .map(({ key, words }) => ({ key: keyName(key, mac), words }));
  return [
    { name: view, keys: of(false) },
    { name: "Everywhere", keys: of(true) },
  ].filter(({ keys }) => keys.length > 0);
}

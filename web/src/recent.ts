/** What was chosen in the palette of late, kept in this browser. */

export interface Recent {
  id: string;
  title: string;
  /** Where it leads; commands have none, and are there only while a view offers them. */
  href?: string;
}

const KEY = "lineside.recent";
const MOST = 6;

/** The list with one more at its head; pure. */
export function remembered(list: readonly Recent[], one: Recent): Recent[] {
  return [one, ...list.filter(({ id }) => id !== one.id)].slice(0, MOST);
}

export function readRecent(): Recent[] {
  try {
    const told: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(told) ? told.filter(isRecent) : [];
  } catch {
    return []; // storage may be forbidden, or hold what another version wrote
  }
}

function isRecent(told: unknown): told is Recent {
  const one = told as Partial<Recent> | null;
  const isPlace = one?.href === undefined || (typeof one.href === "string" && one.href.startsWith("#/"));
  return typeof one?.id === "string" && typeof one.title === "string" && isPlace;
}

export function remember(one: Recent): void {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(remembered(readRecent(), one)));
  } catch {
    // then nothing is remembered
  }
}

/** Which runs are selected: one by one, from one to another, or all that are shown. Pure. */

export type Selected = ReadonlySet<string>;

/** More than so many are kept by the page alone: an address has an end. */
export const MOST_IN_ADDRESS = 24;

export function toggled(selected: Selected, id: string): Selected {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** All from one run to another in the order in which they stand become like the first. */
export function ranged(selected: Selected, shown: readonly string[], from: string, to: string): Selected {
  const ends = [shown.indexOf(from), shown.indexOf(to)].sort((a, b) => a - b);
  const [first = -1, last = -1] = ends;
  return first < 0 ? toggled(selected, to) : withAll(selected, shown.slice(first, last + 1), selected.has(from));
}

export function withAll(selected: Selected, ids: readonly string[], isOn: boolean): Selected {
  const next = new Set(selected);
  for (const id of ids) {
    if (isOn) next.add(id);
    else next.delete(id);
  }
  return next;
}

/** Whether none, some or all of some runs are selected. */
export function shareOf(selected: Selected, ids: readonly string[]): "none" | "some" | "all" {
  if (selected.size === 0 || ids.length === 0) return "none";
  const chosen = ids.reduce((sum, id) => sum + (selected.has(id) ? 1 : 0), 0);
  if (chosen === 0) return "none";
  return chosen === ids.length ? "all" : "some";
}

/** What the address is told: the ids where they are few. */
export const forAddress = (selected: Selected): string[] | null =>
  selected.size > 0 && selected.size <= MOST_IN_ADDRESS ? [...selected] : null;

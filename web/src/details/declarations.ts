/** What was declared after the start, and what each declaration changed; pure. */
import { isObject, leavesOf, nodesOf } from "./tree";
import { Digits, type Exact } from "./json";

export interface Change {
  path: string;
  /** `null` where nothing tells: it stood at the start, or not at all. */
  from: string | null;
  to: string;
}

export interface Declaration {
  id: string;
  what: "config" | "intent";
  step: string | null;
  ts: number;
  changes: Change[];
}

/**
 * Later declarations, the newest first, each with the values that differ from those declared before it. The service
 * keeps of the start what is left of it, so the value before a first change is told only where the tree has it still.
 */
export function declarationsOf(events: readonly Exact[]): Declaration[] {
  const known = { config: new Map<string, string>(), intent: new Map<string, string>() };
  const found: Declaration[] = [];
  for (const event of events) {
    if (!isObject(event) || (event.type !== "config" && event.type !== "intent")) continue;
    const what = event.type;
    const changes: Change[] = [];
    for (const [path, to] of leavesOf(nodesOf(event[what] ?? null))) {
      const from = known[what].get(path) ?? null;
      if (from !== to) changes.push({ path, from, to });
      known[what].set(path, to);
    }
    if (changes.length > 0)
      found.push({ id: textOf(event.id), what, step: stepOf(event.step), ts: timeOf(event.ts), changes });
  }
  return found.reverse();
}

const textOf = (value: Exact | undefined): string => (typeof value === "string" ? value : "");
const stepOf = (value: Exact | undefined): string | null => (value instanceof Digits ? value.text : null);
const timeOf = (value: Exact | undefined): number => Number(stepOf(value) ?? 0);

/** One change to many runs: a few at a time, and what came of it in a sentence. */
import { wordsOf } from "../api";
import { formatCount } from "../format";

const AT_ONCE = 6;

export interface Outcome<Answer> {
  done: Map<string, Answer>;
  /** How many were not changed, and why the last of them was not. */
  failed: number;
  fault: string;
}

export async function forEachRun<Answer>(
  ids: readonly string[],
  act: (id: string) => Promise<Answer>,
): Promise<Outcome<Answer>> {
  const outcome: Outcome<Answer> = { done: new Map(), failed: 0, fault: "" };
  const rest = [...ids];
  const work = async (): Promise<void> => {
    for (let id = rest.shift(); id !== undefined; id = rest.shift()) {
      try {
        outcome.done.set(id, await act(id));
      } catch (fault) {
        outcome.failed += 1;
        outcome.fault = wordsOf(fault);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, work));
  return outcome;
}

export const runsIn = (count: number): string => `${formatCount(count)} ${count === 1 ? "run" : "runs"}`;

/** `3 runs deleted.`, or of how many, and why not the others. */
export function toldOf(outcome: Outcome<unknown>, done: string): string {
  const { size } = outcome.done;
  if (outcome.failed === 0) return `${runsIn(size)} ${done}.`;
  return `${formatCount(size)} of ${runsIn(size + outcome.failed)} ${done}. ${outcome.fault}`;
}

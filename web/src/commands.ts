/** What the command palette offers: places that are always there, and what the view that stands can do. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface Command {
  id: string;
  /** Begins with a verb, as a button would. */
  title: string;
  /** The heading that it stands under. */
  group: string;
  /** The key that does the same, for the eye. */
  key?: string;
  act: () => void;
}

/** What the views that stand offer, by their owner. */
export const offered = signal<ReadonlyMap<object, readonly Command[]>>(new Map());

/** Offers commands for as long as a view stands; told anew whenever one of `when` changes. */
export function useCommands(commands: () => readonly Command[], when: readonly unknown[]): void {
  useEffect(() => {
    const owner = {};
    offered.value = new Map(offered.peek()).set(owner, commands());
    return () => {
      const left = new Map(offered.peek());
      left.delete(owner);
      offered.value = left;
    };
  }, when);
}

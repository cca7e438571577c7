/** What a person does to many runs at once, each told at the foot of the page with the way back where there is one. */
import { stopRun } from "../api";
import { deleteRun, restoreRun, tagRun } from "../api-runs";
import { say, sayFault } from "../notice";
import type { Run } from "../wire";
import { forEachRun, toldOf, type Outcome } from "./bulk";
import { withAll } from "./selection";
import type { RunsStore } from "./store";

function tell(outcome: Outcome<unknown>, done: string, undo?: () => void): void {
  if (outcome.failed > 0 && outcome.done.size === 0) sayFault(outcome.fault);
  else say(toldOf(outcome, done), undo);
}

export class Hands {
  constructor(private readonly store: RunsStore) {}

  async stop(ids: readonly string[]): Promise<void> {
    const outcome = await forEachRun(ids, stopRun);
    this.store.take([...outcome.done.values()]);
    tell(outcome, "asked to stop");
  }

  /** `onlyEnded`: one that went on meanwhile is left alone. */
  async remove(ids: readonly string[], onlyEnded = false): Promise<void> {
    const outcome = await forEachRun(ids, (id) => deleteRun(id, { onlyEnded }));
    const done = [...outcome.done.keys()];
    this.leave(done, outcome.done);
    tell(outcome, "deleted", () => void this.restore(done));
  }

  async restore(ids: readonly string[]): Promise<void> {
    const outcome = await forEachRun(ids, restoreRun);
    this.leave(this.store.deleted ? [...outcome.done.keys()] : [], outcome.done);
    tell(outcome, "restored");
  }

  async purge(ids: readonly string[]): Promise<void> {
    const outcome = await forEachRun(ids, (id) => deleteRun(id, { purge: true }));
    const gone = new Map([...outcome.done.keys()].map((id) => [id, { id } as Run]));
    this.leave([...outcome.done.keys()], gone);
    tell(outcome, "deleted for good");
  }

  /** Gives each run the tags that `change` makes of its own. */
  async tag(
    ids: readonly string[],
    words: string,
    change: (tags: readonly string[]) => readonly string[],
  ): Promise<void> {
    const before = new Map(ids.map((id) => [id, this.store.run(id)?.tags ?? []]));
    const outcome = await forEachRun(ids, (id) => tagRun(id, change(before.get(id) ?? [])));
    this.store.take([...outcome.done.values()]);
    tell(outcome, words, () => void this.retag(before));
  }

  private async retag(tags: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const outcome = await forEachRun([...tags.keys()], (id) => tagRun(id, tags.get(id) ?? []));
    this.store.take([...outcome.done.values()]);
    tell(outcome, "tagged as before");
  }

  private leave(ids: readonly string[], answers: ReadonlyMap<string, Run>): void {
    this.store.choose(withAll(this.store.selected.peek(), ids, false));
    this.store.take([...answers.values()]);
  }
}

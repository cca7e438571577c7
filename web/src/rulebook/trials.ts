/** Trying a rule: one run after the other, each beside what the saved rule would have done, until all are or it is stopped. */
import { signal } from "@preact/signals";
import { thinned, tryRule } from "../api-rules";
import { nameOf, summaryOf } from "../roles";
import type { Run, SeriesView } from "../wire";
import type { Draft } from "./draft";
import type { Firing, Told } from "./wire";

const POINTS = 300;

export interface Tried {
  run: Run;
  /** Of the rule as it is written, and as it is saved; null where it is saved as it is written, or not at all. */
  fired: Firing[];
  saved: Firing[] | null;
  key: string | null;
  series: SeriesView | null;
}

/** What is tried: the rule as it is written, and the saved one to compare it with. */
export interface Asked {
  told: (Told & { id: string }) | string;
  saved: string | null;
  draft: Draft;
  runs: readonly Run[];
}

export interface Progress {
  done: number;
  of: number;
  name: string;
}

const keyOf = (run: Run, told: Asked["told"], fired: readonly Firing[]): string | null =>
  (typeof told === "string" ? undefined : told.metric) ??
  fired[0]?.keys[0] ??
  Object.keys(run.roles ?? {}).find((key) => run.roles?.[key] === "train.loss" && summaryOf(run, "train.loss")) ??
  null;

export class Trials {
  readonly results = signal<readonly Tried[]>([]);
  readonly busy = signal<Progress | null>(null);
  /** What the form said that the results are of: they are out of date where it says something else. */
  readonly draft = signal<string | null>(null);
  private stopper: AbortController | null = null;

  stop(): void {
    this.stopper?.abort();
    this.stopper = null;
    this.busy.value = null;
  }

  /** Results come one by one; throws what the server says of a rule that means nothing. */
  async run(asked: Asked): Promise<void> {
    this.stop();
    const stopper = (this.stopper = new AbortController());
    this.results.value = [];
    this.draft.value = JSON.stringify(asked.draft);
    try {
      for (const [done, run] of asked.runs.entries()) {
        this.busy.value = { done, of: asked.runs.length, name: nameOf(run) };
        const tried = await this.one(run, asked, stopper.signal);
        if (stopper.signal.aborted) return;
        this.results.value = [...this.results.value, tried];
      }
    } catch (fault) {
      if (!stopper.signal.aborted) throw fault;
    } finally {
      if (this.stopper === stopper) this.stop();
    }
  }

  private async one(run: Run, { told, saved }: Asked, stopped: AbortSignal): Promise<Tried> {
    const fired = (await tryRule(told, run.id, stopped)).would_have_fired;
    const before = saved === null ? null : (await tryRule(saved, run.id, stopped)).would_have_fired;
    const key = keyOf(run, told, fired);
    // A curve that is not to be had is no reason to keep back what was found.
    const series = key === null ? null : await thinned(run.id, key, POINTS, stopped).catch(() => null);
    return { run, fired, saved: before, key, series };
  }
}

const placeOf = (one: Firing): string => `${one.subject} ${one.step} ${one.severity} ${one.resolved_step ?? ""}`;

/** How the saved rule would have differed on a run, in words. */
export function differenceWords(fired: readonly Firing[], saved: readonly Firing[]): string {
  const before = new Set(saved.map(placeOf));
  const isSame = fired.length === saved.length && fired.every((one) => before.has(placeOf(one)));
  if (isSame) return "The saved rule would have done the same.";
  if (saved.length === 0) return "The saved rule would never have fired.";
  const steps = saved.slice(0, 3).map((one) => `${one.severity} at step ${one.step.toLocaleString("en-GB")}`);
  const more = saved.length > 3 ? `, and ${saved.length - 3} more` : "";
  return `The saved rule would have fired: ${steps.join(", ")}${more}.`;
}

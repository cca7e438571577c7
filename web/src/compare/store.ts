/** What the compare page holds: the differences, and the series of the charts in view, asked for again while runs live. */
import { signal } from "@preact/signals";
import { ApiError, getRun } from "../api";
import { compare, seriesOf } from "../api-compare";
import { emptyTrack, trackOf, type Track } from "../series";
import { wantsToken } from "../socket";
import { connection } from "../state";
import type { Run } from "../wire";
import type { Comparison, MetricRow } from "./wire";

const POINTS = 800;
const GATHER_MS = 50;
const AGAIN_MS = 4000;
/** Requests for series that are under way at once. */
const AT_ONCE = 4;
/** Keys in one request: an address has a length. */
const KEYS_AT_ONCE = 24;
const ALIVE = new Set(["running", "stalled"]);

export interface Held {
  track: Track;
  last: { step: number; ts: number } | null;
}

const nameIn = (run: string, key: string): string => `${run}\n${key}`;

export class CompareStore {
  readonly comparison = signal<Comparison | null>(null);
  /** The one run that is there, where it is only one. */
  readonly single = signal<Run | null>(null);
  readonly fault = signal<ApiError | null>(null);
  private readonly listeners = new Set<(run: string, keys: ReadonlySet<string>) => void>();
  private readonly held = new Map<string, Held>();
  private readonly wanted = new Map<object, ReadonlyMap<string, readonly string[]>>();
  private readonly queue: { run: string; keys: string[] }[] = [];
  private runs: readonly string[] = [];
  private underWay = 0;
  private gatherTimer = 0;
  private againTimer = 0;
  private asked: AbortController | null = null;
  private isClosed = false;

  /** Compares these runs from now on; what is known of others is kept for when they come back. */
  choose(runs: readonly string[]): void {
    const isSame = [...runs].sort().join("\n") === [...this.runs].sort().join("\n");
    this.runs = runs;
    if (isSame && this.fault.value === null) return;
    this.load().catch(() => undefined); // its fault is kept
    this.fetchSoon();
  }

  close(): void {
    this.isClosed = true;
    this.asked?.abort();
    window.clearTimeout(this.gatherTimer);
    window.clearTimeout(this.againTimer);
    connection.value = "closed";
  }

  /** Has `listener` told which series of which run have come. */
  listen(listener: (run: string, keys: ReadonlySet<string>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  series(run: string, key: string | undefined): Held | undefined {
    return key === undefined ? undefined : this.held.get(nameIn(run, key));
  }

  /** A chart came into view with these series by run, or left it with none. */
  want(owner: object, series: ReadonlyMap<string, readonly string[]>): void {
    if (series.size > 0) this.wanted.set(owner, series);
    else this.wanted.delete(owner);
    this.fetchSoon();
  }

  private fetchSoon(): void {
    window.clearTimeout(this.gatherTimer);
    this.gatherTimer = window.setTimeout(() => {
      this.fetchMissing(false);
    }, GATHER_MS);
  }

  private async load(): Promise<void> {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    const { runs } = this;
    try {
      const found = runs.length > 1 ? await compare(runs, false, asked.signal) : null;
      const single = runs.length === 1 ? await getRun(runs[0] ?? "") : null;
      if (asked.signal.aborted) return;
      this.comparison.value = found ?? this.comparison.value;
      this.single.value = single;
      this.settle(null);
    } catch (fault) {
      if (asked.signal.aborted) return;
      this.settle(fault instanceof ApiError ? fault : null);
    }
    this.planAgain();
  }

  /** An answer that did not come is told by the word at the top alone: what is there stays. */
  private settle(fault: ApiError | null): void {
    connection.value = fault?.status === 0 ? "waiting" : "open";
    if (wantsToken(fault)) return;
    this.fault.value = fault?.status === 0 && (this.comparison.value ?? this.single.value) ? null : fault;
  }

  private planAgain(): void {
    window.clearTimeout(this.againTimer);
    if (this.isClosed || !this.isWorthAskingAgain()) return;
    this.againTimer = window.setTimeout(() => {
      if (document.hidden) {
        this.planAgain();
        return;
      }
      this.load().catch(() => undefined);
      this.fetchMissing(true);
    }, AGAIN_MS);
  }

  private isWorthAskingAgain(): boolean {
    if (connection.value === "waiting") return true;
    return this.comparison.value?.runs.some(({ id, state }) => this.runs.includes(id) && ALIVE.has(state)) ?? false;
  }

  private isAlive(run: string): boolean {
    return this.comparison.value?.runs.some(({ id, state }) => id === run && ALIVE.has(state)) ?? false;
  }

  /** Asks for what charts in view want and is not here, and with `anew` also for what may have grown. */
  private fetchMissing(anew: boolean): void {
    const keys = new Map<string, Set<string>>();
    for (const series of this.wanted.values()) {
      for (const [run, wanted] of series) {
        if (!this.runs.includes(run)) continue;
        const missing = wanted.filter((key) => (anew && this.isAlive(run)) || !this.held.has(nameIn(run, key)));
        for (const key of missing) keys.set(run, (keys.get(run) ?? new Set<string>()).add(key));
      }
    }
    this.queue.length = 0;
    for (const [run, wanted] of keys) {
      const every = [...wanted];
      for (let at = 0; at < every.length; at += KEYS_AT_ONCE) {
        this.queue.push({ run, keys: every.slice(at, at + KEYS_AT_ONCE) });
      }
    }
    this.work();
  }

  private work(): void {
    while (this.underWay < AT_ONCE) {
      const next = this.queue.shift();
      if (!next || this.isClosed) return;
      this.underWay += 1;
      void this.fetchSeries(next.run, next.keys).then(() => {
        this.underWay -= 1;
        this.work();
      });
    }
  }

  private async fetchSeries(run: string, keys: readonly string[]): Promise<void> {
    try {
      const found = await seriesOf(run, keys, POINTS);
      for (const key of keys) {
        const view = found[key];
        this.held.set(nameIn(run, key), { track: view ? trackOf(view) : emptyTrack(), last: view?.last ?? null });
      }
    } catch (fault) {
      if (!wantsToken(fault)) connection.value = "waiting";
      this.planAgain(); // asked for again with the next turn
      return;
    }
    for (const listener of this.listeners) listener(run, new Set(keys));
  }
}

/** The key of the tokens of each run that logs them. */
export const tokenKeys = (comparison: Comparison | null): Record<string, string> =>
  comparison?.metrics.rows.find(({ role }) => role === "tokens")?.keys ?? {};

export const rowOf = (comparison: Comparison | null, role: string): MetricRow | undefined =>
  comparison?.metrics.rows.find((row) => row.role === role);

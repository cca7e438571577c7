/** Events of some types as a window that moves through all there are: newest first fetched, older on demand, new ones live. */
import { signal } from "@preact/signals";
import type { Page, RunEvent } from "../wire";
import { numberOf } from "./events";

/** A page of events beside a cursor, which is the number of an event. */
export type Fetch = (newestFirst: boolean, cursor: string | null, limit: number) => Promise<Page<RunEvent>>;

export interface FeedOptions {
  fetch: Fetch;
  /** Whether an event belongs here at all. */
  takes: (event: RunEvent) => boolean;
  /** Whether it answers to the filter; what does not is looked through and let go. */
  matches: (event: RunEvent) => boolean;
  page: number;
  /** So many are held at once. */
  most: number;
}

/** Before the first event, whose number may be 0. */
const NONE = -1;
/** One press on “earlier” looks through so many pages for events that answer to the filter. */
const MOST_PAGES = 5;

export class Feed {
  /** By number, ascending. */
  readonly rows = signal<readonly RunEvent[]>([]);
  readonly loading = signal(false);
  readonly loaded = signal(false);
  readonly fault = signal<unknown>(null);
  /** Whether there are older ones that were not looked at, and newer ones that were let go. */
  readonly hasOlder = signal(false);
  readonly hasNewer = signal(false);
  /** Came while it was held, and waits. */
  readonly waiting = signal(0);
  /** How many were looked through. */
  readonly seen = signal(0);
  private oldest: string | null = null;
  private newest = NONE;
  private held: RunEvent[] = [];
  private holds = false;
  private turn = 0;

  constructor(private readonly options: FeedOptions) {}

  /** Starts at the newest. */
  async restart(): Promise<void> {
    this.turn += 1;
    this.rows.value = [];
    this.seen.value = this.waiting.value = 0;
    this.hasNewer.value = false;
    this.oldest = null;
    this.newest = NONE;
    this.held = [];
    await this.older();
    this.loaded.value = true;
  }

  /** Looks further back until some answer to the filter, or for long enough. */
  async older(): Promise<void> {
    const turn = this.turn;
    this.loading.value = true;
    try {
      for (let pages = 0; pages < MOST_PAGES; pages += 1) {
        const page = await this.options.fetch(true, this.oldest, this.options.page);
        if (turn !== this.turn) return;
        const found = this.takeOlder(page);
        if (page.next === null || found > 0) break;
      }
      this.fault.value = null;
    } catch (fault) {
      if (turn === this.turn) this.fault.value = fault;
    } finally {
      if (turn === this.turn) this.loading.value = false;
    }
  }

  /** While it is held, what comes waits, so that nothing moves under who reads. */
  hold(holds: boolean): void {
    this.holds = holds;
  }

  /** An event as it comes live. */
  hear(event: RunEvent): void {
    if (!this.options.takes(event) || !this.loaded.peek()) return;
    const number = numberOf(event);
    if (number <= this.newest) return;
    this.newest = number;
    this.seen.value += 1;
    if (!this.options.matches(event)) return;
    if (!this.hasNewer.peek() && (!this.holds || this.rows.peek().length === 0)) this.append([event]);
    else {
      this.held = [...this.held, event].slice(-this.options.most);
      this.waiting.value += 1;
    }
  }

  /** Shows what waits; where newer ones were let go, all begins anew at the newest. */
  async release(): Promise<void> {
    if (this.hasNewer.peek()) {
      await this.restart();
      return;
    }
    this.append(this.held);
    this.held = [];
    this.waiting.value = 0;
  }

  private append(events: readonly RunEvent[]): void {
    const all = [...this.rows.peek(), ...events];
    // What is let go at the old end is found again by looking back from what is left.
    if (all.length > this.options.most) {
      this.hasOlder.value = true;
      this.oldest = String(
        numberOf(all[all.length - this.options.most] ?? all[0] ?? { type: "", step: null, ts: null }),
      );
    }
    this.rows.value = all.slice(-this.options.most);
  }

  /** What was missed while the connection was lost, in the order in which it came. */
  async catchUp(): Promise<void> {
    const turn = this.turn;
    if (!this.loaded.peek() || this.hasNewer.peek()) return;
    const cursor = this.newest === NONE ? null : String(this.newest);
    const page = await this.options.fetch(false, cursor, this.options.page).catch(() => null);
    if (page === null || turn !== this.turn) return; // asked for again after the next loss
    for (const event of page.items) this.hear(event);
    if (page.next !== null) await this.restart();
  }

  /** How many of a page answer to the filter. */
  private takeOlder(page: Page<RunEvent>): number {
    const fresh = [...page.items].reverse();
    this.newest = Math.max(this.newest, ...fresh.map(numberOf));
    this.oldest = page.next;
    this.hasOlder.value = page.next !== null;
    this.seen.value += fresh.length;
    const found = fresh.filter(this.options.matches);
    const all = [...found, ...this.rows.peek()];
    if (all.length > this.options.most) this.hasNewer.value = true;
    this.rows.value = all.slice(0, this.options.most);
    return found.length;
  }
}

/** The messages of one channel as the page holds them: what is shown keeps its place, what is new waits to be asked for. */
import { signal } from "@preact/signals";
import { ApiError } from "../api";
import { listMessages, replayAll, replayOne } from "../api-channels";
import { wantsToken } from "../socket";
import type { DeliveryState, Message } from "./wire";

export const SHOWN = ["all", "waiting", "delivered", "dead"] as const;
export type Shown = (typeof SHOWN)[number];

const PAGE = 50;
const EVERY_MS = 5_000;
/** What was just sent again has mostly arrived by then. */
const SOON_MS = 1_000;

export class MessageLog {
  readonly rows = signal<readonly Message[]>([]);
  /** How many came since. */
  readonly held = signal(0);
  readonly more = signal(false);
  readonly loaded = signal(false);
  readonly fault = signal<unknown>(null);
  private shown: Shown = "all";
  private next: string | null = null;
  private asked = 0;
  private timer = 0;
  private isClosed = false;

  constructor(private readonly channel: string) {}

  close(): void {
    this.isClosed = true;
    this.asked += 1;
    window.clearTimeout(this.timer);
  }

  /** Shows what answers to a filter, from the newest on. */
  show(shown: Shown): void {
    this.isClosed = false;
    if (shown !== this.shown) this.loaded.value = false;
    this.shown = shown;
    this.load(null);
  }

  /** Shows what has come since. */
  release(): void {
    this.load(null);
  }

  loadMore(): void {
    if (this.next !== null) this.load(this.next);
  }

  async replay(message: Message): Promise<void> {
    this.take([await replayOne(message.id)]);
    this.later(SOON_MS);
  }

  async replayAll(): Promise<number> {
    const { replayed } = await replayAll(this.channel);
    this.look();
    return replayed;
  }

  private state(): DeliveryState | null {
    return this.shown === "all" ? null : this.shown;
  }

  private load(cursor: string | null): void {
    this.asked += 1;
    const asked = this.asked;
    listMessages(this.channel, { state: this.state(), limit: PAGE, cursor }).then(
      (page) => {
        if (asked !== this.asked) return;
        const known = cursor === null ? [] : this.rows.peek();
        const ids = new Set(known.map(({ id }) => id));
        this.rows.value = [...known, ...page.items.filter(({ id }) => !ids.has(id))];
        this.next = page.next;
        this.more.value = page.next !== null;
        if (cursor === null) this.held.value = 0;
        this.fault.value = null;
        this.loaded.value = true;
        this.later();
      },
      (fault: unknown) => {
        if (asked === this.asked) this.fail(fault);
      },
    );
  }

  /** Looks again at what may have changed: the first page, and where that is filtered the newest of all. */
  private look(): void {
    this.asked += 1;
    const asked = this.asked;
    const pages = [this.state(), ...(this.shown === "all" ? [] : [null])].map((state) =>
      listMessages(this.channel, { state, limit: PAGE }),
    );
    Promise.all(pages).then(
      ([first, all]) => {
        if (asked !== this.asked || !first) return;
        const ids = new Set(this.rows.peek().map(({ id }) => id));
        const fresh = first.items.filter(({ id }) => !ids.has(id)).length;
        this.take([...(all?.items ?? []), ...first.items]);
        if (fresh > 0 && ids.size === 0) this.load(null);
        else this.held.value = fresh;
        this.fault.value = null;
        this.later();
      },
      (fault: unknown) => {
        if (asked === this.asked) this.fail(fault);
      },
    );
  }

  /** Puts what is told anew in the place where it is shown. */
  private take(told: readonly Message[]): void {
    const anew = new Map(told.map((one) => [one.id, one]));
    const rows = this.rows.peek().map((one) => anew.get(one.id) ?? one);
    if (JSON.stringify(rows) !== JSON.stringify(this.rows.peek())) this.rows.value = rows;
  }

  private fail(fault: unknown): void {
    if (wantsToken(fault)) return;
    if (!this.loaded.peek() || (fault instanceof ApiError && fault.status !== 0)) this.fault.value = fault;
    this.loaded.value = true;
    this.later();
  }

  private later(ms = EVERY_MS): void {
    window.clearTimeout(this.timer);
    if (this.isClosed) return;
    this.timer = window.setTimeout(() => {
      if (document.hidden) this.later();
      else this.look();
    }, ms);
  }
}

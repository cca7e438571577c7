/** A feed of events: a window that moves through all there are. */
import { describe, expect, it } from "vitest";
import { Feed } from "../src/details/feed";
import type { Page, RunEvent } from "../src/wire";

const event = (type: string, rest: Partial<RunEvent> = {}): RunEvent => ({ type, step: null, ts: 0, ...rest });

/** A service with so many events, and the pages that were asked of it. */
function feedOf(count: number, options: Partial<{ most: number; odd: boolean }> = {}) {
  const asked: (string | null)[] = [];
  const fetch = (newestFirst: boolean, cursor: string | null, limit: number): Promise<Page<RunEvent>> => {
    asked.push(cursor);
    const from = cursor === null ? (newestFirst ? count : -1) : Number(cursor);
    const ids = Array.from({ length: limit }, (_, n) => (newestFirst ? from - 1 - n : from + 1 + n));
    const items = ids.filter((id) => id >= 0 && id < count).map((id) => event("log", { id: String(id) }));
    const last = items.at(-1)?.id;
    const hasMore = newestFirst ? Number(last) > 0 : Number(last) < count - 1;
    return Promise.resolve({ items, next: last !== undefined && hasMore ? String(last) : null });
  };
  const matches = (one: RunEvent): boolean => !options.odd || Number(one.id) % 20 === 1;
  const feed = new Feed({ fetch, takes: (one) => one.type === "log", matches, page: 10, most: options.most ?? 100 });
  const ids = (): number[] => feed.rows.value.map((one) => Number(one.id));
  return {
    feed,
    asked,
    ids,
    hear: (id: number): void => {
      feed.hear(event("log", { id: String(id) }));
    },
  };
}

describe("the feed", () => {
  it("begins at the newest and goes back", async () => {
    const { feed, ids } = feedOf(15);
    await feed.restart();
    expect([ids()[0], ids().at(-1), feed.hasOlder.value]).toEqual([5, 14, true]);
    await feed.older();
    expect([ids().length, feed.hasOlder.value, feed.seen.value]).toEqual([15, false, 15]);
  });

  it("looks through several pages for what answers, but not for ever", async () => {
    const { feed, asked, ids } = feedOf(200, { odd: true });
    await feed.restart();
    expect([ids(), asked.length]).toEqual([[181], 2]);
    await feed.older();
    expect(ids()).toEqual([161, 181]);
  });

  it("takes in what comes, once, and holds it back while it is read", async () => {
    const { feed, ids, hear } = feedOf(3);
    await feed.restart();
    hear(2);
    hear(3);
    feed.hear(event("note", { id: "4" }));
    expect(ids()).toEqual([0, 1, 2, 3]);
    feed.hold(true);
    hear(5);
    expect([ids().length, feed.waiting.value]).toEqual([4, 1]);
    await feed.release();
    expect([ids().at(-1), feed.waiting.value]).toEqual([5, 0]);
  });
});

describe("a full feed", () => {
  it("holds no more than it may, and finds again what it let go", async () => {
    const { feed, ids, hear } = feedOf(40, { most: 15 });
    await feed.restart();
    await feed.older();
    expect([ids().length, ids()[0], feed.hasNewer.value]).toEqual([15, 20, true]);
    hear(40);
    expect(feed.waiting.value).toBe(1);
    await feed.release();
    expect([ids()[0], ids().at(-1), feed.hasNewer.value]).toEqual([30, 39, false]);
    for (let id = 40; id < 50; id += 1) hear(id);
    expect([ids().length, ids()[0], feed.hasOlder.value]).toEqual([15, 35, true]);
    await feed.older();
    expect(ids()[0]).toBe(25);
  });

  it("catches up after a loss", async () => {
    const { feed, ids } = feedOf(5);
    await feed.restart();
    feed.rows.value = feed.rows.value.slice(0, 3);
    (feed as unknown as { newest: number }).newest = 2;
    await feed.catchUp();
    expect(ids()).toEqual([0, 1, 2, 3, 4]);
  });

  it("keeps what went wrong until it goes well", async () => {
    let fails = true;
    const page = { items: [], next: null };
    const fetch = (): Promise<Page<RunEvent>> => (fails ? Promise.reject(new Error("no")) : Promise.resolve(page));
    const feed = new Feed({ fetch, takes: () => true, matches: () => true, page: 10, most: 10 });
    await feed.restart();
    expect(feed.fault.value).toEqual(new Error("no"));
    fails = false;
    await feed.restart();
    expect([feed.fault.value, feed.loaded.value]).toEqual([null, true]);
  });
});

/** The live socket with a fake network and a clock wound by hand. */
import { beforeEach, expect, it } from "vitest";
import { Live, type LiveState, type LiveWorld, type Socket } from "../src/live";
import type { Frame } from "../src/wire";

const PROVEN_MS = 5000;

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: string[] = [];
  closed = false;

  constructor(readonly url: string) {}

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }
}

class World implements LiveWorld {
  readonly sockets: FakeSocket[] = [];
  private readonly pending = new Map<number, () => void>();
  private told = 0;
  readonly waits: number[] = [];
  chance = 1;

  connect(url: string): Socket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  }

  after(ms: number, act: () => void): () => void {
    const id = (this.told += 1);
    this.pending.set(id, act);
    if (ms !== PROVEN_MS) this.waits.push(ms);
    return () => this.pending.delete(id);
  }

  random(): number {
    return this.chance;
  }

  /** Lets every wait end. */
  wind(): void {
    const acts = [...this.pending.values()];
    this.pending.clear();
    acts.forEach((act) => {
      act();
    });
  }

  get latest(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("nothing has connected");
    return socket;
  }
}

let world: World;
let live: Live;
let states: LiveState[];
let frames: Frame[];
let refusals: number;

beforeEach(() => {
  world = new World();
  states = [];
  frames = [];
  refusals = 0;
  const url = (query: URLSearchParams): string => `ws://here/live?${query.toString()}`;
  const onFrame = (frame: Frame): number => frames.push(frame);
  const onState = (state: LiveState): number => states.push(state);
  live = new Live({ url, onFrame, onState, onRefused: () => (refusals += 1) }, world);
});

const message = (cursor: string) => ({ data: `{"type":"run","cursor":"${cursor}","data":{"id":"a"}}` });

it("comes back with its last cursor", () => {
  live.start();
  expect(world.latest.url).toBe("ws://here/live?");
  world.latest.onopen?.();
  world.latest.onmessage?.(message("5.x"));
  world.latest.onmessage?.(message("9.x"));
  world.latest.onclose?.();
  world.wind();
  expect(world.latest.url).toBe("ws://here/live?cursor=9.x");
  expect(frames).toHaveLength(2);
  expect(states).toEqual(["connecting", "open", "waiting"]);
  world.latest.onopen?.();
  expect(states.at(-1)).toBe("open");
});

it("subscribes anew on every connection", () => {
  live.start();
  live.subscribe({ keys: ["lr"], points: 800 });
  expect(world.latest.sent).toEqual([]);
  world.latest.onopen?.();
  live.subscribe({ keys: ["lr", "train/loss"], points: 800 });
  world.latest.onclose?.();
  world.wind();
  world.latest.onopen?.();
  expect(world.sockets.map((socket) => socket.sent.length)).toEqual([2, 1]);
  expect(JSON.parse(world.latest.sent[0] ?? "")).toEqual({ subscribe: ["lr", "train/loss"], points: 800 });
});

it("waits twice as long after each failure, to a bound, and less again after a connection that lasted", () => {
  live.start();
  for (let failure = 0; failure < 8; failure += 1) {
    world.latest.onclose?.();
    world.wind();
  }
  expect(world.waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  expect(refusals).toBe(8);
  world.latest.onopen?.();
  world.wind();
  world.latest.onclose?.();
  expect(world.waits.at(-1)).toBe(500);
  expect(refusals).toBe(8);
});

it("a server that takes the connection and drops it is still waited for ever longer", () => {
  live.start();
  for (let failure = 0; failure < 3; failure += 1) {
    world.latest.onopen?.();
    world.latest.onmessage?.(message("1"));
    world.latest.onclose?.();
    world.wind();
  }
  expect(world.waits).toEqual([500, 1000, 2000]);
});

it("leaves half of each wait to chance", () => {
  world.chance = 0;
  live.start();
  world.latest.onclose?.();
  expect(world.waits).toEqual([250]);
});

it("does not wait on when the network is back", () => {
  live.start();
  world.latest.onclose?.();
  live.hurry();
  expect(world.sockets).toHaveLength(2);
  world.wind();
  live.hurry();
  expect(world.sockets).toHaveLength(2);
});

it("stopped means stopped: no wait, no word, no way back by itself", () => {
  live.start();
  const socket = world.latest;
  live.stop();
  expect([socket.closed, socket.onclose, states.at(-1)]).toEqual([true, null, "closed"]);
  world.wind();
  expect(world.sockets).toHaveLength(1);
});

it("leaves frames alone that it does not know", () => {
  live.start();
  world.latest.onmessage?.({ data: '{"type":"later","cursor":"3","data":{}}' });
  world.latest.onmessage?.({ data: new ArrayBuffer(2) });
  expect(frames).toEqual([]);
});

/** One live socket that outlives its connections: it comes back with its cursor and its subscription. */
import { parseFrame, type Frame } from "./wire";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** A connection that lasted so long was a good one: the next wait is short again. */
const PROVEN_MS = 5000;

export type LiveState = "connecting" | "open" | "waiting" | "closed";

/** The part of a WebSocket that is used here. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

/** Everything from outside, passed in: tests wind the clock by hand. */
export interface LiveWorld {
  connect(url: string): Socket;
  after(ms: number, act: () => void): () => void;
  random(): number;
}

export interface Subscription {
  keys: readonly string[];
  points: number;
}

export interface LiveOptions {
  /** The socket's address for the next connection. */
  url(query: URLSearchParams): string;
  onFrame(frame: Frame): void;
  onState(state: LiveState): void;
  /** A connection ended before it opened: the server is away, or it refused. REST can tell which. */
  onRefused(): void;
}

export class Live {
  private socket: Socket | null = null;
  private cancelWait: (() => void) | null = null;
  private cancelProof: (() => void) | null = null;
  private cursor: string | null = null;
  private subscription: Subscription | null = null;
  private failures = 0;
  private state: LiveState = "closed";

  constructor(
    private readonly options: LiveOptions,
    private readonly world: LiveWorld,
  ) {}

  start(): void {
    if (this.state === "closed") this.connect();
  }

  /** Ends the connection for good; `start` begins anew. */
  stop(): void {
    this.move("closed");
    this.cancelWait?.();
    this.cancelProof?.();
    this.cancelWait = this.cancelProof = null;
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  /** Replaces the set of series that this viewer is sent; the answer is a snapshot of them. */
  subscribe(subscription: Subscription): void {
    this.subscription = subscription;
    if (this.state === "open") this.sendSubscription();
  }

  /** The network is back, or the page is seen again: waiting any longer makes no sense. */
  hurry(): void {
    if (this.state !== "waiting" || !this.cancelWait) return;
    this.cancelWait();
    this.failures = 0;
    this.connect();
  }

  private connect(): void {
    this.cancelWait = null;
    if (this.state !== "waiting") this.move("connecting"); // until it is open again, a lost connection stays lost
    const query = new URLSearchParams();
    if (this.cursor !== null) query.set("cursor", this.cursor);
    const socket = this.world.connect(this.options.url(query));
    let opened = false;
    this.socket = socket;
    socket.onopen = () => {
      opened = true;
      this.move("open");
      this.cancelProof = this.world.after(PROVEN_MS, () => (this.failures = 0));
      // Asked for again on each connection: the answer is a whole snapshot, so nothing is missed and nothing doubled.
      if (this.subscription) this.sendSubscription();
    };
    socket.onmessage = (message) => {
      if (typeof message.data === "string") this.receive(message.data);
    };
    socket.onclose = () => {
      this.socket = null;
      this.cancelProof?.();
      if (!opened) this.options.onRefused();
      if (this.state !== "closed") this.wait();
    };
  }

  private receive(text: string): void {
    const frame = parseFrame(text);
    if (frame === null) return;
    if (frame.cursor !== null) this.cursor = frame.cursor;
    this.options.onFrame(frame);
  }

  private wait(): void {
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures);
    this.failures += 1;
    this.move("waiting");
    // Half of it is chance: many pages that lose one server do not come back in one moment.
    this.cancelWait = this.world.after(ceiling * (0.5 + this.world.random() / 2), () => {
      this.connect();
    });
  }

  private sendSubscription(): void {
    const { keys, points } = this.subscription ?? { keys: [], points: 0 };
    this.socket?.send(JSON.stringify({ subscribe: keys, points }));
  }

  private move(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    this.options.onState(state);
  }
}

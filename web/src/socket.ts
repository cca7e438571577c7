/** Live sockets in a browser: the real clock, the real network, and the hints that a browser gives. */
import { ApiError, socketUrl } from "./api";
import { Live, type LiveState, type LiveWorld, type Socket } from "./live";
import { connection, tokenWanted } from "./state";
import { Told } from "./told";
import type { Frame } from "./wire";

const world: LiveWorld = {
  connect: (url) => new WebSocket(url, ["lineside"]) as unknown as Socket,
  after(ms, act) {
    const timer = window.setTimeout(act, ms);
    return () => {
      window.clearTimeout(timer);
    };
  },
  random: Math.random,
};

export interface OpenSocket {
  live: Live;
  close(): void;
}

type Listener = (frame: Frame) => void;
type Probe = () => Promise<unknown>;

const LIST = "live";

/**
 * Opens a live socket whose state the page's top line shows; whoever wants that of the list shares one.
 * `probe` is a small REST call: after a refusal it tells a server that is away from one that wants a token.
 */
export function openLive(path: string, onFrame: Listener, probe: Probe): OpenSocket {
  return path === LIST ? join(onFrame, probe) : connect(path, onFrame, probe);
}

interface Shared {
  socket: OpenSocket;
  told: Told;
  joined: Map<Listener, Probe>;
}
let shared: Shared | null = null;

function share(): Shared {
  const told = new Told();
  const joined = new Map<Listener, Probe>();
  const onFrame = (frame: Frame): void => {
    told.take(frame);
    for (const listener of [...joined.keys()]) listener(frame);
  };
  const socket = connect(LIST, onFrame, async () => [...joined.values()].at(-1)?.());
  return { socket, told, joined };
}

function join(onFrame: Listener, probe: Probe): OpenSocket {
  const own = (shared ??= share());
  own.joined.set(onFrame, probe);
  own.socket.live.start(); // it had ended, if a token was missing
  for (const frame of own.told.frames()) onFrame(frame);
  return {
    live: own.socket.live,
    close() {
      own.joined.delete(onFrame);
      if (own.joined.size > 0 || shared !== own) return;
      shared = null;
      own.socket.close();
    },
  };
}

const states = new Map<object, LiveState>();

/** One that is lost is what there is to say. */
function tell(owner: object, state: LiveState): void {
  if (state === "closed") states.delete(owner);
  else states.set(owner, state);
  const all = [...states.values()];
  connection.value = all.find((one) => one === "waiting") ?? all[0] ?? "closed";
}

function connect(path: string, onFrame: Listener, probe: Probe): OpenSocket {
  const owner = {};
  const onRefused = (): void => {
    probe().catch((fault: unknown) => {
      if (wantsToken(fault)) live.stop();
    });
  };
  const onState = (state: LiveState): void => {
    tell(owner, state);
  };
  const live = new Live({ url: (query) => socketUrl(path, query), onFrame, onState, onRefused }, world);
  const hurry = (): void => {
    if (!document.hidden) live.hurry();
  };
  window.addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  live.start();
  return {
    live,
    close() {
      window.removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
      live.stop();
    },
  };
}

/** Whether a fault is a missing or ended session; the page then asks to sign in. */
export function wantsToken(fault: unknown): boolean {
  if (!(fault instanceof ApiError) || fault.status !== 401) return false;
  tokenWanted.value = true;
  return true;
}

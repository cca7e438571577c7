/** Live sockets in a browser: the real clock, the real network, and the hints that a browser gives. */
import { ApiError, socketProtocols, socketUrl } from "./api";
import { Live, type LiveWorld, type Socket } from "./live";
import { connection, tokenWanted } from "./state";
import type { Frame } from "./wire";

const world: LiveWorld = {
  connect: (url) => new WebSocket(url, socketProtocols()) as unknown as Socket,
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

/**
 * Opens a live socket whose state the page's top line shows.
 * `probe` is a small REST call: after a refusal it tells a server that is away from one that wants a token.
 */
export function openLive(path: string, onFrame: (frame: Frame) => void, probe: () => Promise<unknown>): OpenSocket {
  const onRefused = (): void => {
    probe().catch((fault: unknown) => {
      if (wantsToken(fault)) live.stop();
    });
  };
  const live = new Live(
    {
      url: (query) => socketUrl(path, query),
      onFrame,
      onState: (state) => (connection.value = state),
      onRefused,
    },
    world,
  );
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

/** Whether a fault is a missing or wrong token; the page then shows its form. */
export function wantsToken(fault: unknown): boolean {
  if (!(fault instanceof ApiError) || fault.status !== 401) return false;
  tokenWanted.value = true;
  return true;
}

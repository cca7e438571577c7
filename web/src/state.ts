/** What the whole page knows: where it stands, the time, the connection, and whether a token is wanted. */
import { signal } from "@preact/signals";
import { setToken } from "./api";
import type { LiveState } from "./live";

export type Route = { view: "runs" } | { view: "run"; id: string } | { view: "lost" };

export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#\/?/, "").split("?")[0] ?? "";
  if (path === "" || path === "runs") return { view: "runs" };
  const run = /^runs\/([^/]+)\/?$/.exec(path);
  if (!run?.[1]) return { view: "lost" };
  try {
    return { view: "run", id: decodeURIComponent(run[1]) };
  } catch {
    return { view: "lost" };
  }
}

export const runHref = (id: string): string => `#/runs/${encodeURIComponent(id)}`;

export const route = signal<Route>({ view: "runs" });
export const connection = signal<LiveState>("closed");
export const tokenWanted = signal(false);
/** Unix seconds, moved once a second while the page is seen: every age on the page reads this one clock. */
export const now = signal(Date.now() / 1000);
/** Counts the changes of token and similar fresh starts: views begin anew when it moves. */
export const epoch = signal(0);

function tick(): void {
  if (!document.hidden) now.value = Date.now() / 1000;
}

/** Takes `#token=…` out of the address, where it would stay in the history, and keeps it. */
function takeToken(): boolean {
  const found = /^#token=(.+)$/.exec(window.location.hash);
  if (!found?.[1]) return false;
  setToken(decodeURIComponent(found[1]));
  window.history.replaceState(null, "", `${window.location.pathname}${window.location.search}#/`);
  return true;
}

function followHash(): void {
  if (takeToken()) renew();
  route.value = parseRoute(window.location.hash);
}

/** Starts every view afresh, after a token was given. */
export function renew(): void {
  tokenWanted.value = false;
  epoch.value += 1;
}

export function startState(): void {
  followHash();
  window.addEventListener("hashchange", followHash);
  document.addEventListener("visibilitychange", tick);
  window.setInterval(tick, 1000);
}

/** What the whole page knows: where it stands, the time, the connection, and whether to sign in. */
import { signal } from "@preact/signals";
import type { LiveState } from "./live";
import { changed, parseQuery, parseRoute, type Changes, type Route } from "./route";

export const route = signal<Route>({ view: "runs" });
/** The state of the view that the address holds; views read it here and change it by `goWith`. */
export const query = signal(new URLSearchParams());
export const connection = signal<LiveState>("closed");
export const tokenWanted = signal(false);
/** Unix seconds, moved once a second while the page is seen: every age on the page reads this one clock. */
export const now = signal(Date.now() / 1000);
/** Counts the times that somebody signed in or out: views begin anew when it moves. */
export const epoch = signal(0);

function tick(): void {
  if (!document.hidden) now.value = Date.now() / 1000;
}

let offered = "";

/** Takes `#token=…` out of the address, where it would stay in the history, for the view that signs in. */
function takeToken(): void {
  const found = /^#token=(.+)$/.exec(window.location.hash)?.[1];
  if (!found) return;
  offered = decodeURIComponent(found);
  window.history.replaceState(null, "", `${window.location.pathname}${window.location.search}#/`);
  tokenWanted.value = true;
}

/** The token that came with the address, once. */
export function takeOffered(): string {
  const token = offered;
  offered = "";
  return token;
}

/** Whether the page may go to where the address now points; who says no sees to the address. One view at a time asks. */
export const guard: { allows: (hash: string) => boolean } = { allows: () => true };

function followHash(): void {
  if (!guard.allows(window.location.hash)) return;
  takeToken();
  const { hash } = window.location;
  const next = parseRoute(hash);
  if (JSON.stringify(next) !== JSON.stringify(route.peek())) route.value = next;
  const asked = parseQuery(hash);
  if (asked.toString() !== query.peek().toString()) query.value = asked;
}

/** Changes the state of this view in its address; `keep` makes it a step that the browser's Back takes back. */
export function goWith(changes: Changes, keep = false): void {
  const next = changed(window.location.hash, changes);
  if (next === window.location.hash) return;
  if (keep) window.history.pushState(null, "", next);
  else window.history.replaceState(window.history.state, "", next);
  followHash();
}

/** Goes to another place of the page, as a click on its link would. */
export function visit(href: string): void {
  window.location.hash = href;
}

/** Starts every view afresh, after somebody signed in or out. */
export function renew(): void {
  tokenWanted.value = false;
  epoch.value += 1;
}

export function startState(): void {
  followHash();
  window.addEventListener("hashchange", followHash);
  window.addEventListener("popstate", followHash);
  document.addEventListener("visibilitychange", tick);
  window.setInterval(tick, 1000);
}

/** What a change of place asks for: the focus on the new heading, the top of the page, and on Back where one was. */
import { route } from "./state";

const WAIT_MS = 5000;
const STORED = "lineside.scroll";

/** How far down each entry of the history was read. */
const depths = new Map<number, number>();
let current = 0;
let latest = 0;
/** What still waits for the content of the view. */
let waiting: (() => void)[] = [];

/** The number of this entry of the history; one that has none yet is new. */
function numberOf(): number {
  const told = window.history.state as { at?: unknown } | null;
  if (typeof told?.at === "number") return told.at;
  latest += 1;
  window.history.replaceState({ ...told, at: latest }, "");
  return latest;
}

const heading = (): HTMLElement | null => document.querySelector<HTMLElement>("main h1");

/** Acts once the view's own content is there; given up when a person does something meanwhile, or after a while. */
function wait(isDone: () => boolean): void {
  const events = ["wheel", "touchstart", "pointerdown", "keydown"] as const;
  const since = performance.now();
  const changes = new MutationObserver(look);
  const stop = (): void => {
    changes.disconnect();
    window.clearTimeout(timer);
    for (const name of events) window.removeEventListener(name, onAct);
  };
  // What led here may still be on its way up to the window.
  const onAct = (event: Event): void => {
    if (event.timeStamp > since) stop();
  };
  const timer = window.setTimeout(stop, WAIT_MS);
  for (const name of events) window.addEventListener(name, onAct, { passive: true });
  changes.observe(document.body, { childList: true, subtree: true });
  function look(): void {
    if (isDone()) stop();
  }
  waiting.push(stop);
  look();
}

/** Puts the focus on the heading of the new view, unless the view or a person has put it elsewhere. */
function focusHeading(old: HTMLElement | null): void {
  const from = document.activeElement;
  wait(() => {
    const found = heading();
    if (found === null || found === old) return false;
    const at = document.activeElement;
    if (at === from || at === document.body || at === null) {
      found.tabIndex = -1;
      found.focus({ preventScroll: true });
    }
    return true;
  });
}

/** Goes to a depth as soon as the page is that long. */
function restore(depth: number): void {
  if (depth === 0) window.scrollTo(0, 0);
  else
    wait(() => {
      if (document.documentElement.scrollHeight - window.innerHeight < depth) return false;
      window.scrollTo(0, depth);
      return true;
    });
}

export function startPlaces(): void {
  window.history.scrollRestoration = "manual";
  let view = JSON.stringify(route.peek());
  const onMove = (): void => {
    const before = latest;
    const at = numberOf();
    if (at === current) return;
    current = at;
    if (!depths.has(at)) depths.set(at, 0);
    const next = JSON.stringify(route.peek());
    if (next === view) return;
    view = next;
    for (const stop of waiting) stop();
    waiting = [];
    restore(at > before ? 0 : (depths.get(at) ?? 0));
    focusHeading(heading());
  };
  const onScroll = (): void => {
    current = numberOf();
    depths.set(current, window.scrollY);
  };
  resume();
  window.addEventListener("popstate", onMove);
  window.addEventListener("hashchange", onMove);
  window.addEventListener("scroll", onScroll, { passive: true });
  window.addEventListener("pagehide", () => {
    try {
      window.sessionStorage.setItem(STORED, JSON.stringify([...depths]));
    } catch {
      // then a reload begins at the top
    }
  });
}

/** After a reload the entries of the history are still there. */
function resume(): void {
  try {
    const told = JSON.parse(window.sessionStorage.getItem(STORED) ?? "[]") as [number, number][];
    for (const [at, depth] of told) depths.set(at, depth);
  } catch {
    // what cannot be read is not needed
  }
  latest = Math.max(0, ...depths.keys());
  current = numberOf();
  const depth = depths.get(current) ?? 0;
  if (depth > 0 && window.scrollY === 0) restore(depth);
}

/** The tab's signal and title, the count of open incidents and the notices: all from one socket of the list. */
import { effect, signal } from "@preact/signals";
import { News } from "./announce";
import { Fleet, standingOf } from "./fleet";
import { listBrief } from "./api-runs";
import { favicon, markOf } from "./lamp";
import { Speaker } from "./speaker";
import { openLive } from "./socket";
import { epoch, tokenWanted } from "./state";
import { openCount, shown, standing } from "./title";
import type { Frame } from "./wire";

/** Frames are gathered this long: a tab must not flicker. */
const GATHER_MS = 1000;

export function startSignals(): void {
  const fleet = new Fleet();
  const news = new News();
  const speaker = new Speaker(fleet);
  const worst = signal(fleet.standing());
  let timer = 0;
  const look = (): void => {
    timer = 0;
    worst.value = fleet.standing();
    openCount.value = fleet.open().length;
  };
  const onFrame = (frame: Frame): void => {
    fleet.take(frame);
    for (const id of news.take(frame)) speaker.consider(id);
    if (frame.type === "snapshot") look();
    else if (timer === 0) timer = window.setTimeout(look, GATHER_MS);
  };
  effect(() => {
    const { run } = shown.value;
    const told = run ? standingOf(run) : worst.value;
    standing.value = markOf(told);
    showIcon(favicon(told.aspect));
  });
  // Anew after each sign-in and sign-out; not while somebody is asked to sign in.
  effect(() => {
    if (epoch.value < 0 || tokenWanted.value) return;
    const socket = openLive("live", onFrame, () => listBrief({ limit: 1, deleted: false }));
    return () => {
      socket.close();
    };
  });
}

function showIcon(href: string): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link && link.getAttribute("href") !== href) link.setAttribute("href", href);
}

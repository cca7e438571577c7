/** Shows notices on the desktop: once however many tabs are open, and not to somebody who is looking already. */
import { isDue, noticeOf } from "./announce";
import type { Fleet } from "./fleet";
import { muteOf, readMutes } from "./mutes";
import { choice } from "./notify";
import { alertHref } from "./route";
import { route, visit } from "./state";

/** So long an incident is given to turn out as what follows from another, and other tabs to say that they show it. */
const GATHER_MS = 1500;

interface Heard {
  asked?: string;
  seen?: string;
}

/** Whether this page is being looked at, on that run. */
const isLookedAt = (run: string): boolean => {
  const at = route.peek();
  return document.visibilityState === "visible" && at.view === "run" && at.id === run;
};

export class Speaker {
  private readonly others = new BroadcastChannel("lineside.notices");
  private readonly seen = new Set<string>();
  private isFirst = !("locks" in navigator);

  constructor(private readonly fleet: Fleet) {
    this.others.onmessage = ({ data }: MessageEvent<Heard>) => {
      if (data.seen !== undefined) this.seen.add(data.seen);
      else if (data.asked !== undefined && isLookedAt(data.asked)) this.others.postMessage({ seen: data.asked });
    };
    if (!this.isFirst) this.waitForTurn();
  }

  /** An incident has opened: speaks of it if it is still worth it a moment later. */
  consider(id: string): void {
    const run = this.fleet.alerts.get(id)?.run_id;
    if (run === undefined || choice.peek() === "off") return;
    this.seen.delete(run);
    this.others.postMessage({ asked: run });
    window.setTimeout(() => {
      if (this.isFirst && !isLookedAt(run) && !this.seen.has(run)) void this.speak(id);
    }, GATHER_MS);
  }

  /** One tab speaks for all; when it is closed the next one does. */
  private waitForTurn(): void {
    navigator.locks
      .request("lineside.notices", () => {
        this.isFirst = true;
        return new Promise<never>(() => undefined);
      })
      .catch(() => (this.isFirst = true));
  }

  private async speak(id: string): Promise<void> {
    const alert = this.fleet.alerts.get(id);
    if (!alert || !isDue(id, this.fleet, choice.peek(), Date.now() / 1000)) return;
    if (Notification.permission !== "granted") return;
    const muted = await readMutes().catch(() => null); // unknown: then it is spoken of
    if (muteOf(muted, alert.rule, this.fleet.runs.get(alert.run_id)?.project, Date.now() / 1000)) return;
    const { title, body } = noticeOf(alert, this.fleet.runs.get(alert.run_id));
    try {
      const shown = new Notification(title, { body, tag: id });
      shown.onclick = () => {
        window.focus();
        visit(alertHref(alert.run_id, id));
        shown.close();
      };
    } catch {
      // some phones let only installed pages do this
    }
  }
}

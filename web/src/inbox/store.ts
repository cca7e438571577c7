/** The inbox as its page holds it: a page of incidents, what comes live, and what waits to be asked for. */
import { signal } from "@preact/signals";
import { ApiError, getRun } from "../api";
import { getAlert, listIncidents, listStates } from "../api-details";
import type { Incident } from "../findings";
import { openLive, wantsToken, type OpenSocket } from "../socket";
import { mergeRun, runsOf, type Alert, type Frame, type Run } from "../wire";
import { admits, askFor, EVERYTHING, type InboxFilter } from "./filter";
import { allIncidents, arrangeInbox, sortIncidents, type Group } from "./arrange";

const PAGE = 100;
const GATHER_MS = 150;
/** So many alerts that a lost connection may have hidden something of are looked at again. */
const MOST_AGAIN = 40;

export class InboxStore {
  readonly groups = signal<readonly Group[]>([]);
  readonly held = signal<readonly Incident[]>([]);
  readonly loaded = signal(false);
  readonly more = signal(false);
  readonly fault = signal<ApiError | null>(null);
  readonly runs = signal<ReadonlyMap<string, Run>>(new Map());
  /** How many runs are alive; known once there is nothing else to say. */
  readonly alive = signal<number | null>(null);
  readonly projects = signal<readonly string[]>([]);
  readonly rules = signal<readonly string[]>([]);

  private readonly alerts = new Map<string, Alert>();
  private filter: InboxFilter = EVERYTHING;
  private places: string[] = [];
  private next: string | null = null;
  private asked = 0;
  private timer = 0;
  private statesTimer = 0;
  private snapshots = 0;
  private socket: OpenSocket | null = null;

  open(): void {
    const onFrame = (frame: Frame): void => {
      this.receive(frame);
    };
    this.socket = openLive("live", onFrame, () => this.countAlive());
    this.countAlive().catch(() => undefined); // asked for again with the next change
  }

  close(): void {
    this.asked += 1;
    window.clearTimeout(this.timer);
    window.clearTimeout(this.statesTimer);
    this.socket?.close();
  }

  /** Shows what answers to a filter, from its first page on. */
  show(filter: InboxFilter): void {
    this.filter = filter;
    this.load(null);
  }

  loadMore(): void {
    if (this.next !== null) this.load(this.next);
  }

  /** Puts what waits in its place; all of it is sorted anew. */
  release(): void {
    this.place(true);
  }

  incident(id: string): Incident | undefined {
    return this.groups
      .peek()
      .flatMap((group) => group.incidents)
      .find((one) => one.root.id === id);
  }

  take(alerts: readonly Alert[]): void {
    for (const alert of alerts) this.alerts.set(alert.id, alert);
    const rules = new Set([...this.rules.peek(), ...alerts.map((alert) => alert.rule)]);
    if (rules.size > this.rules.peek().length) this.rules.value = [...rules].sort();
    this.gather();
  }

  private load(cursor: string | null): void {
    this.asked += 1;
    const asked = this.asked;
    listIncidents(askFor(this.filter, PAGE, cursor)).then(
      (page) => {
        if (asked !== this.asked) return; // another filter was chosen meanwhile
        if (cursor === null) this.places = [];
        this.fault.value = null;
        this.next = page.next;
        this.more.value = page.next !== null;
        this.takeRuns(Object.values(page.runs));
        this.take([...page.items, ...page.follows]);
        this.loaded.value = true;
        this.place(cursor === null, new Set(page.items.map((alert) => alert.id)));
      },
      (fault: unknown) => {
        if (asked !== this.asked || wantsToken(fault)) return;
        this.fault.value = fault instanceof ApiError ? fault : new ApiError(0, "The incidents could not be read.");
        this.loaded.value = true;
      },
    );
  }

  private receive(frame: Frame): void {
    if (frame.type === "snapshot") {
      this.takeRuns(runsOf(frame.data.runs));
      this.take(frame.data.alerts ?? []);
      this.snapshots += 1;
      if (this.snapshots > 1) this.lookAgain();
    } else if (frame.type === "run") {
      const before = this.runs.peek().get(frame.data.id)?.state;
      this.takeRuns([frame.data]);
      if (before !== frame.data.state) this.countLater();
    } else if (frame.type === "alert") {
      this.take([frame.data]);
      if (!this.runs.peek().has(frame.data.run_id)) this.learn(frame.data.run_id);
    }
  }

  private learn(runId: string): void {
    getRun(runId).then(
      (run) => {
        this.takeRuns([run]);
        this.gather();
      },
      () => undefined, // its next frame tells of it
    );
  }

  /** After a lost connection: what fired before may be over, and then no frame tells of it. */
  private lookAgain(): void {
    if (this.fault.peek()) this.load(null);
    const firing = this.places.filter((id) => this.alerts.get(id)?.state === "firing").slice(0, MOST_AGAIN);
    for (const id of firing) {
      getAlert(id).then(
        (alert) => {
          this.take([alert]);
        },
        () => undefined,
      );
    }
  }

  private takeRuns(runs: readonly Run[]): void {
    if (runs.length === 0) return;
    const known = new Map(this.runs.peek());
    for (const run of runs) {
      if (run.deleted) this.forget(run.id, known);
      else known.set(run.id, mergeRun(known.get(run.id) ?? null, run));
    }
    this.runs.value = known;
  }

  private forget(runId: string, runs: Map<string, Run>): void {
    runs.delete(runId);
    for (const [id, alert] of this.alerts) if (alert.run_id === runId) this.alerts.delete(id);
    this.gather();
  }

  private gather(): void {
    if (this.timer !== 0 || !this.loaded.peek()) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.place(this.places.length === 0); // nobody reads a list without a line
    }, GATHER_MS);
  }

  /** `fresh`: sorts all that is shown anew, with what waits; `also` are put behind what stands. */
  private place(fresh: boolean, also: ReadonlySet<string> = new Set()): void {
    const all = allIncidents([...this.alerts.values()]);
    const admit = (one: Incident): boolean => admits(this.filter, one, this.runs.peek().get(one.root.run_id));
    let arranged = arrangeInbox(all, this.places, admit);
    const coming = arranged.held.filter((one) => fresh || also.has(one.root.id));
    if (coming.length > 0) {
      const shown = fresh ? [...arranged.groups.flatMap((group) => group.incidents), ...coming] : coming;
      const sorted = sortIncidents(shown, this.runs.peek());
      arranged = arrangeInbox(all, fresh ? sorted : [...arranged.places, ...sorted], admit);
    }
    this.places = arranged.places;
    this.groups.value = arranged.groups;
    this.held.value = this.isBeyond(arranged.held);
  }

  /** Of what waits, that which is no part of a page that was not asked for yet. */
  private isBeyond(held: readonly Incident[]): Incident[] {
    if (this.next === null) return [...held];
    const oldest = Math.min(...this.places.map((id) => this.alerts.get(id)?.opened_at ?? Infinity));
    return held.filter((one) => one.root.opened_at >= oldest);
  }

  private countLater(): void {
    window.clearTimeout(this.statesTimer);
    this.statesTimer = window.setTimeout(() => {
      this.countAlive().catch(() => undefined);
    }, 1000);
  }

  private async countAlive(): Promise<void> {
    const projects = await listStates();
    this.projects.value = projects.map((project) => project.name);
    const alive = projects.map(({ states }) => (states?.running ?? 0) + (states?.stalled ?? 0));
    this.alive.value = alive.reduce((sum, count) => sum + count, 0);
  }
}

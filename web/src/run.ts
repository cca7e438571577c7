/** One run as its page holds it: what the live socket sends, turned into series, events and signals. */
import { signal } from "@preact/signals";
import { ApiError, declaredSeries, getRun, listChecks } from "./api";
import type { Shown } from "./chart/spec";
import { thin, trackOf, upsert, type Track } from "./series";
import { openLive, wantsToken, type OpenSocket } from "./socket";
import {
  mergeRun,
  type Alert,
  type Check,
  type Frame,
  type PointsData,
  type Run,
  type RunEvent,
  type RunSnapshot,
  type SeriesView,
} from "./wire";

const POINTS = 800;
/** Live points pile up to this many before the page thins them itself: what it holds goes up and down with them. */
const MOST_POINTS = 1.5 * POINTS;
const MOST_EVENTS = 1000;
const SUBSCRIBE_AFTER_MS = 60;
const DECLARED_EVERY_MS = 5000;
const ABSENT_AGAIN_MS = 2000;
const CHECKS_AFTER_MS = 500;
const MOST_ALERTS = 500;

/** What stands on the charts; lines of output and gauges are many, and are heard by whoever shows them. */
const MARKS = new Set(["nonfinite", "note", "checkpoint", "epoch", "alert", "gap"]);

export type Listener = (changed: ReadonlySet<string> | "all") => void;

export class RunStore {
  readonly run = signal<Run | null>(null);
  readonly fault = signal<ApiError | null>(null);
  /** Sorted; a new array only when a series appears, so that the board is laid out anew only then. */
  readonly keys = signal<readonly string[]>([]);
  readonly events = signal<readonly RunEvent[]>([]);
  /** Firing and resolved, in the order in which they came. */
  readonly alerts = signal<readonly Alert[]>([]);
  readonly checks = signal<readonly Check[]>([]);
  /** Whether the first snapshot has come: before it no findings means nothing. */
  readonly sighted = signal(false);
  readonly shown = signal<Shown | null>(null);
  /** How often findings that wait were asked for. */
  readonly released = signal(0);
  /** Called with each event as it comes. */
  readonly hearers = new Set<(event: RunEvent) => void>();
  declared: SeriesView | null = null;
  /** The last step of any point that has come: what is told of the run itself lags behind its points. */
  end = 0;
  /** The series that charts in view want. */
  readonly inView = signal<readonly string[]>([]);
  /** Whoever holds parts of the series beside the whole gets the live points too. */
  tap: ((data: PointsData) => void) | null = null;

  private readonly tracks = new Map<string, Track>();
  private readonly listeners = new Set<Listener>();
  private readonly wanted = new Map<object, readonly string[]>();
  private asked = "";
  private attempt = 0;
  private subscribeTimer = 0;
  private absentTimer = 0;
  private checksTimer = 0;
  private declaredTimer = 0;
  private isClosed = false;
  private declaredAt = -Infinity;
  private socket: OpenSocket | null = null;

  constructor(readonly id: string) {}

  open(): void {
    this.connect();
    this.load().catch(() => undefined); // its fault is kept, and the socket tries again by itself
  }

  close(): void {
    this.isClosed = true;
    window.clearTimeout(this.subscribeTimer);
    window.clearTimeout(this.absentTimer);
    window.clearTimeout(this.checksTimer);
    window.clearTimeout(this.declaredTimer);
    this.socket?.close();
  }

  /** Takes in alerts as they are now. */
  addAlerts(more: readonly Alert[]): void {
    if (more.length === 0) return;
    const byId = new Map(this.alerts.value.map((alert) => [alert.id, alert]));
    for (const alert of more) byId.set(alert.id, alert);
    this.alerts.value = [...byId.values()].slice(-MOST_ALERTS);
    this.tell("all");
  }

  /** Points a step out on the charts; the same finding once more takes it back. */
  show(shown: Shown): void {
    this.shown.value = this.shown.value?.id === shown.id ? null : shown;
  }

  track(key: string): Track | undefined {
    return this.tracks.get(key);
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A chart came into view with these series, or left it with none. */
  want(owner: object, keys: readonly string[]): void {
    if (keys.length > 0) this.wanted.set(owner, keys);
    else this.wanted.delete(owner);
    window.clearTimeout(this.subscribeTimer);
    this.subscribeTimer = window.setTimeout(() => {
      this.subscribe();
    }, SUBSCRIBE_AFTER_MS);
  }

  /** Fetches what the intent declares for the steps of the learning rate; live frames carry only what was logged. */
  wantDeclared(key: string | undefined): void {
    const steps = key === undefined ? undefined : this.tracks.get(key)?.step;
    if (key === undefined || !steps?.length || this.declared?.step.at(-1) === steps.at(-1)) return;
    const rest = this.declaredAt + DECLARED_EVERY_MS - performance.now();
    window.clearTimeout(this.declaredTimer);
    if (rest > 0) {
      // Points may have come for the last time: nothing else would ask again.
      this.declaredTimer = window.setTimeout(() => {
        this.wantDeclared(key);
      }, rest);
      return;
    }
    this.declaredAt = performance.now();
    declaredSeries(this.id, key, POINTS).then(
      (view) => {
        this.declared = view;
        this.tell(new Set([key]));
      },
      () => undefined, // asked again with the next points
    );
  }

  private connect(): void {
    const path = `runs/${encodeURIComponent(this.id)}/live`;
    const onFrame = (frame: Frame): void => {
      this.receive(frame);
    };
    this.socket = openLive(path, onFrame, () => this.load());
    this.refresh();
  }

  private async load(): Promise<void> {
    try {
      this.setRun(await getRun(this.id));
      if (!this.socket && !this.isClosed) this.connect();
    } catch (fault) {
      if (fault instanceof ApiError && fault.status !== 0 && !wantsToken(fault)) this.fault.value = fault;
      if (fault instanceof ApiError && fault.status === 404) this.lookAgainLater();
      throw fault;
    }
  }

  /** A run that is not there may be on its way: its address is printed before the server has heard of it. */
  private lookAgainLater(): void {
    this.socket?.close();
    this.socket = null;
    window.clearTimeout(this.absentTimer);
    if (this.isClosed) return;
    this.absentTimer = window.setTimeout(() => {
      this.load().catch(() => undefined);
    }, ABSENT_AGAIN_MS);
  }

  private subscribe(): void {
    const keys = [...new Set([...this.wanted.values()].flat())].sort();
    const asked = keys.join("\n");
    if (asked === this.asked) return;
    this.asked = asked;
    this.inView.value = keys;
    this.socket?.live.subscribe({ keys, points: POINTS });
  }

  /** Asks for everything in view afresh. */
  private refresh(): void {
    this.asked = "";
    this.subscribe();
  }

  private receive(frame: Frame): void {
    if (frame.type === "run") this.setRun(frame.data);
    else if (frame.type === "event") this.hear(frame.data);
    else if (frame.type === "alert") this.addAlerts([frame.data]);
    else if (frame.type === "points") this.addPoints(frame.data);
    else this.takeSnapshot(frame.data);
  }

  private hear(event: RunEvent): void {
    if (MARKS.has(event.type)) this.addEvents([event]);
    for (const hearer of this.hearers) hearer(event);
  }

  private takeSnapshot(data: RunSnapshot): void {
    if (data.run) this.setRun(data.run);
    if (data.events) {
      this.events.value = [];
      this.addEvents(data.events);
    }
    if (data.alerts) {
      this.alerts.value = [];
      this.addAlerts([...data.alerts].reverse());
    }
    if (data.checks) this.checks.value = data.checks;
    const series = Object.entries(data.series ?? {});
    for (const [key, view] of series) this.tracks.set(key, trackOf(view));
    if (series.length > 0) this.tell(new Set(series.map(([key]) => key)));
    this.sighted.value = true;
  }

  setRun(run: Run): void {
    const before = this.run.value;
    const merged = mergeRun(before, run);
    this.run.value = merged;
    if (JSON.stringify(before?.health?.checks) !== JSON.stringify(merged.health?.checks)) this.askForChecks();
    this.fault.value = null;
    this.follow(merged.attempts?.at(-1)?.attempt ?? 1);
    const keys = Object.keys(merged.summary ?? {}).sort();
    if (keys.join("\n") !== this.keys.value.join("\n")) this.keys.value = keys;
  }

  /** Frames carry the counts of the checks; their reasons are fetched when a count has changed. */
  private askForChecks(): void {
    window.clearTimeout(this.checksTimer);
    this.checksTimer = window.setTimeout(() => {
      listChecks(this.id).then(
        (page) => {
          this.checks.value = page.items;
        },
        () => undefined, // asked again with the next change
      );
    }, CHECKS_AFTER_MS);
  }

  private addEvents(more: readonly RunEvent[]): void {
    const known = new Set(this.events.value.map((event) => event.id));
    const fresh = more.filter((event) => event.id === undefined || !known.has(event.id));
    if (fresh.length === 0) return;
    this.events.value = [...this.events.value, ...fresh].slice(-MOST_EVENTS);
    this.tell("all");
  }

  private addPoints({ attempt, series }: PointsData): void {
    // Late points of an earlier attempt are taken in like any: the server leaves out those that are hidden.
    if (this.follow(attempt)) return; // what is asked for afresh holds these points as well
    for (const [key, view] of Object.entries(series)) {
      this.end = Math.max(this.end, view.step.at(-1) ?? 0);
      const track = this.tracks.get(key);
      if (!track) continue; // its snapshot is on the way
      upsert(track, view);
      if (track.step.length > MOST_POINTS) this.tracks.set(key, thin(track, POINTS));
    }
    this.tap?.({ attempt, series });
    this.tell(new Set(Object.keys(series)));
  }

  /** A new attempt hides a part of the earlier ones: everything in view is asked for afresh. */
  private follow(attempt: number): boolean {
    if (attempt <= this.attempt) return false;
    const isFirst = this.attempt === 0;
    this.attempt = attempt;
    if (!isFirst) this.refresh();
    return true;
  }

  /** Has the charts of these series drawn anew. */
  tell(changed: ReadonlySet<string> | "all"): void {
    for (const listener of this.listeners) listener(changed);
  }
}

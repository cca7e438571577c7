/** The list of runs as the page holds it: loaded in pages behind what is seen, and kept up by the live socket. */
import { batch, signal } from "@preact/signals";
import { ApiError, wordsOf } from "../api";
import { listBrief } from "../api-runs";
import { goWith } from "../state";
import { openLive, wantsToken, type OpenSocket } from "../socket";
import { mergeRun, runsOf, type Frame, type Run } from "../wire";
import { arrange, parseWish, type Arranged, type Wish } from "./arrange";
import { Cursors } from "./cursors";
import { entryOf, slim, type Entry } from "./entry";
import { forAddress, shareOf, withAll, type Selected } from "./selection";

const FIRST_PAGE = 100;
const PAGE = 500;
/** More than that, and the page says so: they would be too much for a browser. */
export const MOST_RUNS = 50_000;
const RETRY_MS = 5000;
/** Frames are gathered this long before the table is touched. */
const GATHER_MS = 150;
/** Figures move lines to new places only while nobody has touched the page for so long. */
const CALM_MS = 3000;

const NOTHING: Arranged = { lines: [], ids: [], states: new Map(), projects: new Map(), tags: new Set() };

export class RunsStore {
  readonly shown = signal<Arranged>(NOTHING);
  readonly held = signal(0);
  /** Whether the first answer has come: before it an empty list means nothing. */
  readonly loaded = signal(false);
  /** Whether all runs are here. */
  readonly whole = signal(false);
  readonly fault = signal("");
  readonly selected = signal<Selected>(new Set());
  /** When a person last did something: lines stay where they are for a moment after it. */
  touchedAt = 0;

  private readonly entries = new Map<string, Entry>();
  private readonly cursors = new Cursors();
  private readonly gathered = new Map<string, Run>();
  private wish: Wish = parseWish(new URLSearchParams());
  private told = new Set<string>();
  private walks = 0;
  private timers: number[] = [];
  private gathering = 0;
  private isStale = false;
  private socket: OpenSocket | null = null;

  /** `deleted`: the list of those that lie deleted, instead. */
  constructor(readonly deleted: boolean) {}

  open(): void {
    const began = performance.now();
    let snapshots = 0;
    const onFrame = (frame: Frame): void => {
      this.receive(frame);
      // The first tells what the walk is about to learn; a later one comes after frames were missed.
      if (frame.type === "snapshot" && (snapshots++ > 0 || performance.now() - began > RETRY_MS)) void this.walk();
    };
    this.socket = openLive("live", onFrame, () => listBrief({ limit: 1, deleted: this.deleted }));
    this.timers = [window.setInterval(this.settle, CALM_MS / 3)];
    void this.walk();
  }

  close(): void {
    this.walks += 1;
    for (const timer of [...this.timers, this.gathering]) window.clearTimeout(timer);
    this.gathering = 0;
    this.socket?.close();
  }

  /** Selects; the address is told, as far as it can hold it. */
  choose(selected: Selected): void {
    this.selected.value = selected;
    goWith({ sel: forAddress(selected) });
  }

  run(id: string): Run | undefined {
    return this.entries.get(id)?.row.peek();
  }

  runs(): Run[] {
    return [...this.entries.values()].map(({ row }) => row.peek());
  }

  /** Shows what is asked for, each in its right place. */
  show(wish: Wish): void {
    this.wish = wish;
    this.arrange(true);
  }

  /** Takes runs as they are told now: by a page, a frame, or the answer to a change. */
  take(runs: readonly Run[]): void {
    let isNew = false;
    for (const run of runs) isNew = this.put(run) || isNew;
    if (isNew) this.arrange(false);
    else this.isStale = true;
  }

  /** Loads all runs, those that are alive and the newest first; what is not among them any more goes. */
  async walk(): Promise<void> {
    const walk = ++this.walks;
    this.told = new Set();
    try {
      const seen = await this.load(() => walk === this.walks);
      if (seen === null) return;
      for (const id of this.entries.keys()) if (!seen.has(id) && !this.told.has(id)) this.entries.delete(id);
      this.whole.value = true;
      this.arrange(false);
    } catch (fault) {
      if (walk !== this.walks || (fault instanceof ApiError && wantsToken(fault))) return;
      this.fault.value = wordsOf(fault);
      this.timers.push(window.setTimeout(() => void this.walk(), RETRY_MS));
    }
  }

  /** All ids that the service told of; `null` where a later walk took over. */
  private async load(isOurs: () => boolean): Promise<Set<string> | null> {
    const { deleted } = this;
    const alive = deleted ? [] : ["running", "stalled"];
    const newest = listBrief({ limit: FIRST_PAGE, deleted });
    const others = alive.map((state) => listBrief({ limit: PAGE, state, deleted }));
    const [page, ...pages] = await Promise.all([newest, ...others]);
    const seen = new Set<string>();
    let items = [...page.items, ...pages.flatMap((one) => one.items)];
    for (let { next } = page; ;) {
      if (!isOurs()) return null;
      for (const { id } of items) seen.add(id);
      this.takePage(items);
      if (next === null || this.entries.size >= MOST_RUNS) return seen;
      ({ items, next } = await listBrief({ limit: PAGE, cursor: next, deleted }));
    }
  }

  private takePage(items: readonly Run[]): void {
    batch(() => {
      this.fault.value = "";
      this.take(items);
      this.loaded.value = true;
    });
  }

  private receive(frame: Frame): void {
    if (frame.type === "snapshot") for (const run of runsOf(frame.data.runs)) this.gathered.set(run.id, run);
    else if (frame.type === "run") this.gathered.set(frame.data.id, frame.data);
    if (this.gathered.size === 0 || this.gathering !== 0) return;
    this.gathering = window.setTimeout(() => {
      this.gathering = 0;
      const runs = [...this.gathered.values()];
      this.gathered.clear();
      for (const { id } of runs) this.told.add(id);
      batch(() => {
        this.take(runs);
      });
    }, GATHER_MS);
  }

  /** Whether lines come or go by it. */
  private put(run: Run): boolean {
    if (this.cursors.isOlder(run)) return false;
    const entry = this.entries.get(run.id);
    const isOurs = (run.deleted ?? false) === this.deleted;
    // Of one that is gone for good only its id is told.
    if (!isOurs || !("name" in run)) return entry !== undefined && this.entries.delete(run.id);
    if (entry) {
      entry.row.value = mergeRun(entry.row.peek(), slim(run));
      entry.text = "";
      return false;
    }
    this.entries.set(run.id, entryOf(slim(run)));
    return true;
  }

  /** Figures have moved on: now and then, in a calm moment, the lines follow. */
  private readonly settle = (): void => {
    if (!this.isStale || document.hidden || performance.now() - this.touchedAt < CALM_MS) return;
    this.arrange(true);
  };

  private arrange(isFresh: boolean): void {
    if (isFresh) for (const entry of this.entries.values()) entry.place = null;
    this.isStale = !isFresh && this.isStale;
    const next = arrange(this.entries.values(), this.wish);
    const before = this.shown.peek();
    const isSame =
      next.lines.length === before.lines.length && next.lines.every((line, at) => isAlike(line, before, at));
    batch(() => {
      this.held.value = this.entries.size;
      this.shown.value = isSame ? { ...next, lines: before.lines } : next;
      this.drop();
    });
  }

  /** What is gone is not selected any more; before all are loaded nobody can tell. */
  private drop(): void {
    if (!this.whole.peek()) return;
    const gone = [...this.selected.peek()].filter((id) => !this.entries.has(id));
    if (shareOf(this.selected.peek(), gone) !== "none") this.choose(withAll(this.selected.peek(), gone, false));
  }
}

function isAlike(line: Arranged["lines"][number], before: Arranged, at: number): boolean {
  const other = before.lines[at];
  return other?.key === line.key && !("ids" in line) && !("ids" in other);
}

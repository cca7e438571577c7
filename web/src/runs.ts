/** The list of runs as the first page holds it: a signal a row, so that a frame touches only the row that it is about. */
import { signal, type Signal } from "@preact/signals";
import { ApiError, listRuns } from "./api";
import { openLive, wantsToken, type OpenSocket } from "./socket";
import { mergeRun, runsOf, type Frame, type Run } from "./wire";

const PAGE = 100;
/** Frames are gathered this long before the table is touched. */
const GATHER_MS = 150;
const ALIVE = new Set(["running", "stalled"]);

/** Alive and critical first, then alive, then the newest: by when they began, so that no row wanders while it is read. */
export function orderRuns(runs: readonly Run[]): Run[] {
  const began = (run: Run): number => run.started_at ?? run.created_at;
  const rank = (run: Run): number => (!ALIVE.has(run.state) ? 2 : run.health?.verdict === "critical" ? 0 : 1);
  return [...runs].sort((a, b) => rank(a) - rank(b) || began(b) - began(a) || (a.id < b.id ? -1 : 1));
}

/** Whether a run answers to what was typed: every word is somewhere in its name, project, state, tags or id. */
export function matches(run: Run, query: string): boolean {
  const text = [run.name, run.project, run.state, run.id, run.group, ...(run.tags ?? [])].join(" ").toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export class RunsStore {
  readonly order = signal<readonly Signal<Run>[]>([]);
  /** Whether the first answer has come: before it an empty list means nothing. */
  readonly loaded = signal(false);
  readonly more = signal(false);
  readonly fault = signal<ApiError | null>(null);
  readonly query = signal("");

  private readonly rows = new Map<string, Signal<Run>>();
  private readonly gathered = new Map<string, Run>();
  private next: string | null = null;
  private timer = 0;
  private socket: OpenSocket | null = null;

  open(): void {
    this.socket = openLive(
      "live",
      (frame) => {
        this.receive(frame);
      },
      () => this.fetch(null),
    );
    this.fetch(null).catch(() => undefined); // its fault is kept, and the socket tries again by itself
  }

  close(): void {
    window.clearTimeout(this.timer);
    this.socket?.close();
  }

  /** Shows what answers to the query: at once among the runs held, then the server's own findings. */
  search(query: string): void {
    this.query.value = query.trim();
    this.arrange();
    this.fetch(null).catch(() => undefined);
  }

  loadMore(): void {
    if (this.next !== null) this.fetch(this.next).catch(() => undefined);
  }

  private async fetch(cursor: string | null): Promise<void> {
    const q = this.query.value;
    try {
      const page = await listRuns({ cursor, q, limit: PAGE });
      if (q !== this.query.value) return; // more was typed meanwhile
      this.fault.value = null;
      this.next = page.next;
      this.more.value = page.next !== null;
      this.take(page.items);
      this.loaded.value = true;
    } catch (fault) {
      if (fault instanceof ApiError && !wantsToken(fault) && fault.status !== 0) this.fault.value = fault;
      throw fault;
    }
  }

  private receive(frame: Frame): void {
    if (frame.type === "snapshot") {
      this.take(runsOf(frame.data.runs));
      return;
    }
    if (frame.type !== "run") return;
    this.gathered.set(frame.data.id, frame.data);
    if (this.timer !== 0) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      const runs = [...this.gathered.values()];
      this.gathered.clear();
      this.take(runs);
    }, GATHER_MS);
  }

  private take(runs: readonly Run[]): void {
    for (const run of runs) {
      const row = this.rows.get(run.id);
      if (run.deleted) this.rows.delete(run.id);
      else if (row) row.value = mergeRun(row.value, run);
      else this.rows.set(run.id, signal(run));
    }
    this.arrange();
  }

  private arrange(): void {
    const query = this.query.value;
    const runs = [...this.rows.values()].map((row) => row.value).filter((run) => query === "" || matches(run, query));
    const order = orderRuns(runs).flatMap((run) => this.rows.get(run.id) ?? []);
    const before = this.order.value;
    const isSame = order.length === before.length && order.every((row, index) => row === before[index]);
    if (!isSame) this.order.value = order;
  }
}

/** Shares the main thread among the charts: only what is seen, once a second each, a quarter of the time at most. */

export interface Drawable {
  /** Draws now, and tells whether there was anything to draw; what it costs is measured here. */
  draw(): boolean;
}

interface Entry {
  chart: Drawable;
  dirty: boolean;
  visible: boolean;
  drawnAt: number;
  /** A person waits for it. */
  urged: boolean;
}

/** Time and chance to run, passed in: tests wind them by hand. */
export interface BudgetWorld {
  now(): number;
  after(ms: number, act: () => void): void;
  hidden(): boolean;
}

const EACH_MS = 1000;
const SHARE = 0.25;
/** What a person asked for is drawn with less rest between: they wait for it, and it comes once. */
const URGED_SHARE = 0.7;

export class Budget {
  private readonly entries: Entry[] = [];
  private hovered: Drawable | null = null;
  private restUntil = 0;
  private plannedAt = Infinity;

  constructor(private readonly world: BudgetWorld) {}

  add(chart: Drawable): void {
    this.entries.push({ chart, dirty: true, visible: false, drawnAt: -Infinity, urged: false });
  }

  remove(chart: Drawable): void {
    const index = this.entries.findIndex((entry) => entry.chart === chart);
    if (index >= 0) this.entries.splice(index, 1);
    if (this.hovered === chart) this.hovered = null;
  }

  see(chart: Drawable, visible: boolean): void {
    this.change(chart, (entry) => (entry.visible = visible));
  }

  /** New data: drawn when its turn comes. */
  touch(chart: Drawable): void {
    this.change(chart, (entry) => (entry.dirty = true));
  }

  /** A person asked for it (a switch, a resize): its turn comes at once. */
  urge(chart: Drawable): void {
    this.change(chart, (entry) => {
      entry.dirty = entry.urged = true;
      entry.drawnAt = -Infinity;
    });
  }

  hover(chart: Drawable | null): void {
    this.hovered = chart;
  }

  /** The page is seen again. */
  wake(): void {
    this.plan();
  }

  private change(chart: Drawable, act: (entry: Entry) => void): void {
    const entry = this.entries.find((one) => one.chart === chart);
    if (!entry) return;
    act(entry);
    this.plan();
  }

  private plan(): void {
    const next = this.world.hidden() ? undefined : this.next();
    if (!next) return;
    const now = this.world.now();
    const at = Math.max(now, this.restUntil, next.drawnAt + EACH_MS);
    if (at >= this.plannedAt) return;
    this.plannedAt = at;
    this.world.after(at - now, () => {
      if (this.plannedAt !== at) return; // an earlier turn came in between
      this.plannedAt = Infinity;
      this.step();
    });
  }

  private step(): void {
    const entry = this.world.hidden() ? undefined : this.next();
    const start = this.world.now();
    if (entry && start >= Math.max(this.restUntil, entry.drawnAt + EACH_MS)) {
      const share = entry.urged ? URGED_SHARE : SHARE;
      entry.dirty = entry.urged = false;
      // A chart that had no points yet owes no rest: its first points are shown as they come.
      entry.drawnAt = entry.chart.draw() ? start : start - EACH_MS;
      const end = this.world.now();
      this.restUntil = end + (end - start) * (1 / share - 1);
    }
    this.plan();
  }

  /** Of what waits and is seen: the one under the pointer where its second is over, else the longest undrawn. */
  private next(): Entry | undefined {
    const ready = this.entries.filter((entry) => entry.dirty && entry.visible);
    const favourite = ready.find((entry) => entry.chart === this.hovered);
    if (favourite && favourite.drawnAt + EACH_MS <= this.world.now()) return favourite;
    return ready.reduce<Entry | undefined>(
      (best, one) => (best && best.drawnAt <= one.drawnAt ? best : one),
      undefined,
    );
  }
}

/** The series of a run as the lens wants them: of a window as finely as they were logged, or of one attempt. */
import { effect, untracked } from "@preact/signals";
import { partOf } from "../api-lens";
import type { RunStore } from "../run";
import { thin, trackOf, upsert, upTo, type Track } from "../series";
import { connection } from "../state";
import type { PointsData, SeriesView } from "../wire";
import { lens } from "./lens";
import { asksFor, before, catchUp, isCoarse, type Aim, type Ask } from "./parts";
import { keysOfRole } from "./spec";

const GATHER_MS = 50;
const AGAIN_MS = 3000;
const MOST_POINTS = 4800;

interface Held {
  track: Track;
  aim: Aim;
  declared: SeriesView | null;
}

export class Looking {
  private readonly held = new Map<string, Held>();
  /** Series that were asked for at this aim, whether the answer has come or not. */
  private asked = new Set<string>();
  private aim: Aim = { window: null, attempt: null };
  private stale = new AbortController();
  private timer = 0;

  constructor(private readonly store: RunStore) {}

  /** Follows the lens until the function that it gives is called. */
  start(): () => void {
    const unlisten = this.store.listen(() => {
      this.review();
    });
    this.store.tap = (data) => {
      this.take(data);
    };
    const stops = [
      effect(() => {
        const aim = { window: lens.window.value, attempt: lens.attempt.value };
        untracked(() => {
          this.turn(aim);
        });
      }),
      effect(() => {
        if (this.store.inView.value.length > 0)
          untracked(() => {
            this.review();
          });
      }),
      this.renewals(),
    ];
    return () => {
      this.stale.abort();
      window.clearTimeout(this.timer);
      this.store.tap = null;
      unlisten();
      for (const stop of stops) stop();
    };
  }

  track(key: string): Track | undefined {
    const { window, attempt } = this.aim;
    const whole = this.store.track(key);
    const isWhole = attempt === null && (!window || (whole !== undefined && !isCoarse(whole, window)));
    const held = this.held.get(key);
    const stands = held && (held.aim === this.aim || attempt !== null || this.serves(held));
    const track = !isWhole && stands ? held.track : attempt === null ? whole : undefined;
    return track && window ? upTo(track, window[1]) : track;
  }

  /** What the intent declares, as finely as the window asks. */
  declared(): SeriesView | null {
    const { declared } = this.store;
    const key = keysOfRole({ run: this.store.run.peek() ?? never(), keys: this.store.keys.peek() }, "lr")[0];
    const held = key === undefined ? undefined : this.held.get(key);
    return held?.aim === this.aim && held.declared ? held.declared : declared;
  }

  /** Whether something older may stand until the finer answer is there: it reaches over all of the new window. */
  private serves({ aim }: Held): boolean {
    const { window, attempt } = this.aim;
    if (aim.attempt !== attempt || !window || !aim.window) return false;
    return aim.window[0] <= window[0] && aim.window[1] >= window[1];
  }

  private turn(aim: Aim): void {
    this.stale.abort();
    this.stale = new AbortController();
    this.aim = aim;
    this.asked = new Set();
    if (!aim.window && aim.attempt === null) this.held.clear();
    this.review();
    this.store.tell("all");
  }

  /** After a lost connection, or where a later attempt hides points, what is held may be wrong. */
  private renewals(): () => void {
    let [attempts, opened] = [0, false];
    return effect(() => {
      const count = this.store.run.value?.attempts?.length ?? 0;
      const isOpen = connection.value === "open";
      const isNew = (attempts > 0 && count !== attempts) || (isOpen && !opened);
      [attempts, opened] = [count, isOpen];
      if (isNew) {
        untracked(() => {
          this.asked = new Set();
          this.review();
        });
      }
    });
  }

  /** Asks for what is in view and not yet asked for, all that comes within a moment together. */
  private review(): void {
    if (this.wanting().length === 0) return;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const keys = this.wanting();
      for (const key of keys) this.asked.add(key);
      for (const ask of asksFor(this.aim, keys, (key) => this.store.track(key))) void this.ask(ask);
    }, GATHER_MS);
  }

  private wanting(): string[] {
    const { window, attempt } = this.aim;
    if (!window && attempt === null) return [];
    return this.store.inView.peek().filter((key) => {
      if (this.asked.has(key)) return false;
      const whole = this.store.track(key);
      return attempt !== null || (window !== null && whole !== undefined && isCoarse(whole, window));
    });
  }

  private async ask(ask: Ask): Promise<void> {
    const { aim, stale } = this;
    const run = this.store.run.peek();
    const rates = run ? keysOfRole({ run, keys: ask.keys }, "lr") : [];
    const part = { ...ask, attempt: aim.attempt, declared: rates.length > 0 };
    try {
      const series = await partOf(this.store.id, part, stale.signal);
      if (aim !== this.aim) return;
      for (const key of ask.keys) this.hold(key, series[key], aim);
      this.store.tell(new Set(ask.keys));
    } catch {
      if (stale.signal.aborted) return;
      // The coarse picture stands; it is asked again a little later.
      window.setTimeout(() => {
        if (aim !== this.aim) return;
        for (const key of ask.keys) this.asked.delete(key);
        this.review();
      }, AGAIN_MS);
    }
  }

  private hold(key: string, view: SeriesView | undefined, aim: Aim): void {
    const track = trackOf(view ?? { step: [], ts: [], value: [] });
    if (this.isLive(aim)) catchUp(track, this.store.track(key), aim.window?.[1] ?? Infinity);
    this.held.set(key, { track, aim, declared: view?.declared ? view : null });
  }

  private isLive({ attempt }: Aim): boolean {
    return attempt === null || attempt === this.store.run.peek()?.attempts?.at(-1)?.attempt;
  }

  private take({ attempt, series }: PointsData): void {
    if (this.aim.attempt !== null && this.aim.attempt !== attempt) return;
    for (const [key, view] of Object.entries(series)) {
      const held = this.held.get(key);
      if (held?.aim !== this.aim) continue;
      const to = this.aim.window?.[1] ?? Infinity;
      if ((view.step[0] ?? 0) > to) continue;
      upsert(held.track, before(view, to));
      if (held.track.step.length > MOST_POINTS) held.track = thin(held.track, MOST_POINTS / 3);
    }
  }
}

function never(): never {
  throw new Error("The lens was used without its run.");
}

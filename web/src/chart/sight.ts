/** How a board is looked at now: the lens of the address, with the axes that this run can have. */
import type { RunStore } from "../run";
import type { Track } from "../series";
import { axisOf, STEPS, type Axis, type AxisFacts } from "./axis";
import { lens, type Window, type XAxis } from "./lens";
import type { Looking } from "./looking";
import { keysOfRole, spanOf, type Look } from "./spec";
import { shownOf } from "./window";

const UPDATES = ["update", "train/update"];
const EPOCHS = ["epoch", "train/epoch"];

export class Sight {
  private readonly made = new Map<XAxis, { axis: Axis | null; marks: readonly unknown[] }>();

  constructor(
    private readonly store: RunStore,
    private readonly looking: Looking,
  ) {}

  /** The series by which steps are told as times, updates and epochs. */
  keys(): string[] {
    return [this.clockKey(), this.first(UPDATES), this.first(EPOCHS)].flatMap((key) => key ?? []);
  }

  facts(): AxisFacts {
    const run = this.store.run.peek();
    const attempt = run?.attempts?.find((one) => one.attempt === lens.attempt.peek());
    const [clock, update, epoch] = [this.clockKey(), this.first(UPDATES), this.first(EPOCHS)];
    const track = (key: string | undefined): Track | undefined =>
      key === undefined ? undefined : this.looking.track(key);
    return {
      intent: run?.intent,
      startedAt: attempt?.started_at ?? run?.started_at ?? null,
      clock: track(clock),
      update: track(update),
      epoch: track(epoch),
      logs: { clock: clock !== undefined, update: update !== undefined, epoch: epoch !== undefined },
    };
  }

  /** An axis of this run; those that are made of series are made anew only when these grew. */
  axis(kind: XAxis): Axis | null {
    const facts = this.facts();
    const tracks = [facts.clock, facts.update, facts.epoch];
    const grown = tracks.flatMap((one) => [one?.step.length, one?.step[0], one?.end]);
    const marks = [facts.intent, facts.startedAt, ...grown];
    const known = this.made.get(kind);
    if (known && marks.every((mark, index) => mark === known.marks[index])) return known.axis;
    const axis = axisOf(kind, facts);
    this.made.set(kind, { axis, marks });
    return axis;
  }

  /** First and last step of all that there is; an attempt that was given up may reach beyond the run as it counts. */
  whole(): Window {
    const run = this.store.run.peek();
    const [first, last] = (run && spanOf({ run })) ?? [0, 1];
    const clock = lens.attempt.peek() === null ? undefined : this.looking.track(this.clockKey() ?? "");
    return [first, Math.max(last, clock?.end ?? 0, this.store.end)];
  }

  look(): Look {
    const [whole, window] = [this.whole(), lens.window.peek()];
    return {
      axis: this.axis(lens.x.peek()) ?? STEPS,
      smoothing: lens.smoothing.peek(),
      whole,
      span: shownOf(window, whole),
      isPart: window !== null,
      logs: lens.logs.peek(),
      attempt: lens.attempt.peek(),
    };
  }

  private clockKey(): string | undefined {
    const [run, keys] = [this.store.run.peek(), this.store.keys.peek()];
    return (run && keysOfRole({ run, keys }, "train.loss")[0]) ?? keys[0];
  }

  private first(names: readonly string[]): string | undefined {
    return names.find((name) => this.store.keys.peek().includes(name));
  }
}

/** What pointers do on a chart: they point, drag a window open, pinch, and turn the wheel. */
import { stepAt, type Ground } from "./ground";
import { groundIn } from "./plot";

const DRAG_PIXELS = 5;
const LEAST_PINCH = 20;
const TAPS_MS = 320;
const WHEEL_MS = 160;

export interface Gestures {
  /** The pointer is there, so many pixels from the left; `null` as it leaves. */
  point(pixels: number | null): void;
  /** A window is being dragged open, from edge to edge in pixels; `null` as it ends or is given up. */
  mark(edges: readonly [number, number] | null): void;
  /** These steps, not rounded, are to be looked at. */
  open(from: number, to: number): void;
  whole(): void;
}

/** Listens on the glass over a chart; `plot` is the element that the chart was drawn in. */
export function listenTo(glass: HTMLElement, plot: HTMLElement, told: Gestures): () => void {
  const pointers = new Pointers(glass, plot, told);
  const wheel = new Wheel(glass, plot, told);
  return () => {
    pointers.stop();
    wheel.stop();
  };
}

const inside = ({ left, width }: Ground, x: number): number => Math.min(Math.max(x, left), left + width);

class Pointers {
  private readonly ended = new AbortController();
  /** Where each pointer is, and the step that it was put on. */
  private readonly down = new Map<number, { x: number; step: number }>();
  private start: number | null = null;
  private isDrag = false;
  private isPinch = false;
  private lastTap = -Infinity;

  constructor(
    private readonly glass: HTMLElement,
    plot: HTMLElement,
    private readonly told: Gestures,
  ) {
    const { signal } = this.ended;
    const on = (name: "pointerdown" | "pointermove" | "pointerup", act: (of: Ground, event: PointerEvent) => void) => {
      const listener = (event: PointerEvent): void => {
        const of = groundIn(plot);
        if (of) act(of, event);
      };
      glass.addEventListener(name, listener, { signal });
    };
    on("pointerdown", this.press.bind(this));
    on("pointermove", this.move.bind(this));
    on("pointerup", this.lift.bind(this));
    glass.addEventListener("pointercancel", this.giveUp.bind(this), { signal });
    glass.addEventListener("pointerleave", this.leave.bind(this), { signal });
    glass.addEventListener("dblclick", told.whole.bind(told), { signal });
    window.addEventListener("keydown", this.escape.bind(this), { signal });
  }

  stop(): void {
    this.ended.abort();
  }

  private xOf(event: PointerEvent): number {
    return event.clientX - this.glass.getBoundingClientRect().left;
  }

  private press(of: Ground, event: PointerEvent): void {
    if (event.button !== 0) return;
    const x = this.xOf(event);
    this.down.set(event.pointerId, { x, step: stepAt(of, x) });
    this.isPinch = this.down.size === 2;
    // A finger that moves sideways points; what it would drag open is pinched open instead.
    if (event.pointerType === "touch") this.told.point(x);
    else this.start = inside(of, x);
  }

  private move(of: Ground, event: PointerEvent): void {
    const x = this.xOf(event);
    const known = this.down.get(event.pointerId);
    if (known) known.x = x;
    if (this.isPinch) return;
    if (this.start !== null && (this.isDrag || Math.abs(x - this.start) > DRAG_PIXELS)) {
      if (!this.isDrag) this.glass.setPointerCapture(event.pointerId);
      this.isDrag = true;
      const edge = inside(of, x);
      this.told.mark([Math.min(this.start, edge), Math.max(this.start, edge)]);
    }
    this.told.point(x);
  }

  private lift(of: Ground, event: PointerEvent): void {
    const { start, isDrag } = this;
    this.release();
    if (this.isPinch && this.down.size === 2) this.pinch(of);
    else if (isDrag && start !== null) {
      const end = inside(of, this.xOf(event));
      this.told.open(stepAt(of, Math.min(start, end)), stepAt(of, Math.max(start, end)));
    } else if (event.pointerType === "touch") this.tap(event);
    this.down.delete(event.pointerId);
    if (this.down.size === 0) this.isPinch = false;
  }

  /** Both fingers keep the steps that they were put on. */
  private pinch(of: Ground): void {
    const [a, b] = [...this.down.values()].sort((one, other) => one.x - other.x);
    if (!a || !b || b.x - a.x < LEAST_PINCH || b.step <= a.step) return;
    const pace = (b.step - a.step) / (b.x - a.x);
    this.told.open(a.step - pace * (a.x - of.left), b.step + pace * (of.left + of.width - b.x));
  }

  private tap(event: PointerEvent): void {
    if (event.timeStamp - this.lastTap < TAPS_MS) this.told.whole();
    this.lastTap = event.timeStamp;
  }

  private release(): void {
    [this.start, this.isDrag] = [null, false];
    this.told.mark(null);
  }

  private giveUp(event: PointerEvent): void {
    this.down.delete(event.pointerId);
    this.release();
  }

  private leave(event: PointerEvent): void {
    if (event.pointerType === "mouse" && !this.isDrag) this.told.point(null);
  }

  private escape(event: KeyboardEvent): void {
    if (event.key === "Escape" && this.isDrag) this.release();
  }
}

/** A pinch on a trackpad comes as a turned wheel with Ctrl; one move of the fingers is one change of the window. */
class Wheel {
  private readonly ended = new AbortController();
  private factor = 1;
  private timer = 0;

  constructor(glass: HTMLElement, plot: HTMLElement, told: Gestures) {
    const turn = (event: WheelEvent): void => {
      const of = groundIn(plot);
      if (!of || !event.ctrlKey) return;
      event.preventDefault();
      this.factor *= Math.exp(Math.max(-50, Math.min(50, event.deltaY)) * 0.01);
      const about = event.clientX - glass.getBoundingClientRect().left;
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => {
        const edge = (x: number): number => stepAt(of, about + (x - about) * this.factor);
        told.open(edge(of.left), edge(of.left + of.width));
        this.factor = 1;
      }, WHEEL_MS);
    };
    glass.addEventListener("wheel", turn, { passive: false, signal: this.ended.signal });
  }

  stop(): void {
    window.clearTimeout(this.timer);
    this.ended.abort();
  }
}

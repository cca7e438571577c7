/** The lens: its window, axes, ticks and smoothing, on figures small enough to check by hand. */
import { describe, expect, it } from "vitest";
import { axisOf, knotted, STEPS, whyNot, type AxisFacts } from "../src/chart/axis";
import { cursorWords } from "../src/chart/cursor-words";
import { parseWindow, type XAxis } from "../src/chart/lens";
import { lengthText, timeTicks, wallText, widthFor } from "../src/chart/ticks";
import { moved, shownOf, tidy, zoomed } from "../src/chart/window";
import { trackOf } from "../src/series";

const WHOLE = [0, 1000] as const;

describe("the window", () => {
  it("is read from the address as steps; without its end it goes to the end", () => {
    expect(parseWindow("5", "9")).toEqual([5, 9]);
    expect(parseWindow("5", null)).toEqual([5, Infinity]);
    for (const [from, to] of [
      ["9", "5"],
      ["x", "9"],
      [null, "9"],
      ["-1", "9"],
      ["5", "x"],
    ] as const)
      expect(parseWindow(from, to)).toBeNull();
  });

  it("that is dragged is of whole steps, and open where it reaches the end", () => {
    expect(tidy(99.6, 200.4, WHOLE)).toEqual([100, 200]);
    expect(tidy(900, 1003, WHOLE)).toEqual([900, Infinity]);
    expect(tidy(-3, 1000, WHOLE)).toBeNull();
    expect(tidy(50.2, 50.3, WHOLE)).toEqual([49, 51]);
  });

  it("keeps the step under the cursor where it is", () => {
    expect(zoomed(null, WHOLE, 0.5, 200)).toEqual([100, 600]);
    expect(zoomed([100, 600], WHOLE, 2, 200)).toBeNull();
    expect(zoomed([400, 600], WHOLE, 0.5)).toEqual([450, 550]);
  });

  it("moves no farther than the run goes", () => {
    expect(moved([400, 600], WHOLE, 0.25)).toEqual([450, 650]);
    expect(moved([900, Infinity], WHOLE, 0.25)).toEqual([900, Infinity]);
    expect(moved([20, 220], WHOLE, -0.25)).toEqual([0, 200]);
    expect(moved(null, WHOLE, 0.25)).toBeNull();
  });

  it("to the end grows with the run", () => {
    expect(shownOf([900, Infinity], [0, 1200])).toEqual([900, 1200]);
    expect(shownOf([900, Infinity], [0, 10])).toEqual([900, 902]);
  });
});

const facts = (more: Partial<AxisFacts> = {}): AxisFacts => ({
  intent: null,
  startedAt: null,
  clock: undefined,
  update: undefined,
  epoch: undefined,
  logs: { clock: false, update: false, epoch: false },
  ...more,
});
const track = (step: number[], value: number[], ts = step) => trackOf({ step, ts, value });

describe("the x axis", () => {
  it("of updates divides by the accumulation, or follows the series that was logged", () => {
    expect(axisOf("update", facts({ intent: { accumulation: 4 } }))?.of(8)).toBe(2);
    expect(axisOf("update", facts({ intent: { step_unit: "update" } }))?.of(8)).toBe(8);
    const logged = axisOf("update", facts({ intent: { accumulation: 4 }, update: track([10, 20], [1, 3]) }));
    expect([logged?.of(10), logged?.of(15), logged?.of(25), logged?.step(2)]).toEqual([1, 2, 4, 15]);
  });

  it("of epochs counts the batches of an update where steps are updates", () => {
    expect(axisOf("epoch", facts({ intent: { steps_per_epoch: 100 } }))?.of(150)).toBe(1.5);
    const intent = { steps_per_epoch: 100, step_unit: "update", accumulation: 4 } as const;
    expect(axisOf("epoch", facts({ intent }))?.of(25)).toBe(1);
  });

  it("of time goes by the points, and stands still where a clock goes back", () => {
    const clock = track([1, 2, 3], [0, 0, 0], [100, 90, 130]);
    const axis = axisOf("relative", facts({ clock, startedAt: 95 }));
    expect([axis?.of(1), axis?.of(2), axis?.of(3)]).toEqual([5, 5, 35]);
    expect(axisOf("wall", facts({ clock }))?.of(3)).toBe(130);
  });

  it("and back is the step itself, on every axis", () => {
    const steps = Array.from({ length: 50 }, (_, index) => index * 3 + 1);
    const axis =
      knotted(
        "wall",
        steps,
        steps.map((step) => step ** 1.5),
      ) ?? STEPS;
    for (const step of [-5, 1, 2, 40, 100, 148, 300]) expect(axis.step(axis.of(step))).toBeCloseTo(step, 6);
  });

  it("that cannot be says why, and says nothing while its series is on the way", () => {
    expect(whyNot("update", facts())).toMatch(/declare accumulation/);
    expect(whyNot("epoch", facts())).toMatch(/declare steps_per_epoch/);
    expect(whyNot("epoch", facts({ logs: { clock: true, update: false, epoch: true } }))).toBe("");
    expect(
      whyNot("wall", facts({ logs: { clock: true, update: false, epoch: false }, clock: track([1], [1]) })),
    ).toMatch(/two points/);
    expect(whyNot("step", facts())).toBe("");
  });
});

it("tells a step on every scale that is known", () => {
  const known: Partial<Record<XAxis, number>> = { update: 1 / 4, epoch: 1 / 500 };
  const axis = (kind: XAxis) => {
    const by = known[kind];
    return by === undefined ? null : { kind, of: (step: number) => step * by, step: (x: number) => x / by };
  };
  expect(cursorWords(1205, { axis })).toBe("step 1,205 · update 301 · epoch 2.41");
});

describe("ticks of time", () => {
  it("are round, and no more than there is room for", () => {
    for (const span of [1, 59, 61, 3600, 90_000, 1e6, 1e8]) {
      expect(span / widthFor(span, 6)).toBeLessThanOrEqual(6);
      expect(timeTicks("relative", 0, span, 6).length).toBeLessThanOrEqual(7);
    }
    expect(timeTicks("relative", 0, 842, 6).map(({ text }) => text)).toEqual(["0", "5 m", "10 m"]);
  });

  it("say lengths in two units, and days where they begin", () => {
    expect([0, 45, 5400, 90_000].map(lengthText)).toEqual(["0", "45 s", "1 h 30 m", "1 d 1 h"]);
    const midnight = new Date(2026, 2, 5).getTime() / 1000;
    expect(wallText(midnight, 3600)).toBe("5 Mar");
    expect(wallText(midnight + 5430, 3600)).toBe("01:30");
    expect(wallText(midnight + 5430, 30)).toBe("01:30:30");
  });
});

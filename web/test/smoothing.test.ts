/** Smoothing, each way of it: what holds for all, and each against figures by hand. */
import { describe, expect, it } from "vitest";
import { parseSmoothing, smoothingText } from "../src/chart/lens";
import { emaOf, slideOf } from "../src/chart/slider";
import { ema, runningMedian, smooth, smoothedBy } from "../src/derive";

const steps = Array.from({ length: 200 }, (_, index) => index + 1);
const noise = steps.map((step) => Math.sin(step * 12.9898) * 3);
const kinds = [
  { kind: "auto" },
  { kind: "none" },
  { kind: "ema", amount: 0.9 },
  { kind: "median", amount: 15 },
] as const;

describe("smoothing of any kind", () => {
  it("lets a constant stay what it is, from the first point on", () => {
    for (const told of kinds)
      for (const value of smoothedBy(
        told,
        steps,
        steps.map(() => 7),
        1,
      ))
        expect(value).toBeCloseTo(7, 12);
  });

  it("ignores what is not finite", () => {
    const holed = noise.map((value, index) => (index % 7 === 3 ? NaN : value));
    for (const told of kinds.filter(({ kind }) => kind !== "none"))
      expect(smoothedBy(told, steps, holed, 1).some((value) => Number.isNaN(value))).toBe(false);
    expect(ema([1, 2], [NaN, 4], 0.9)).toEqual([NaN, 4]);
    expect(runningMedian([1, 2, 3], [NaN, 4, NaN], 3)).toEqual([NaN, 4, 4]);
  });

  it("stays within what it smooths", () => {
    const [least, greatest] = [Math.min(...noise), Math.max(...noise)];
    for (const told of kinds) {
      for (const value of smoothedBy(told, steps, noise, 1)) {
        expect(value).toBeGreaterThanOrEqual(least - 1e-9);
        expect(value).toBeLessThanOrEqual(greatest + 1e-9);
      }
    }
  });
});

describe("smoothing", () => {
  it("by EMA is the debiased one: the second point is a mean weighed one to keep", () => {
    expect(ema([1, 2], [0, 1], 0.5)[1]).toBeCloseTo(1 / 1.5, 12);
    expect(ema([1, 2], [3, 9], 0.9)[0]).toBe(3);
  });

  it("by EMA goes by logged points: every tenth of a slow curve is smoothed as the whole is", () => {
    const slow = steps.map((step) => step / 10);
    const whole = ema(steps, slow, 0.98);
    const tenth = steps.filter((step) => step % 10 === 0);
    const thinned = ema(
      tenth,
      tenth.map((step) => step / 10),
      0.98,
      1,
    );
    expect(Math.abs((thinned.at(-1) ?? 0) - (whole.at(-1) ?? 0))).toBeLessThan(0.6);
  });

  it("by a median is that of the last points, sorted by hand", () => {
    expect(runningMedian([1, 2, 3, 4], [5, 1, 9, 2], 3)).toEqual([5, 3, 5, 2]);
    const brute = noise.map((_, index) => {
      const some = noise.slice(Math.max(0, index - 14), index + 1).sort((a, b) => a - b);
      const middle = some.length >> 1;
      return some.length % 2 ? some[middle] : ((some[middle - 1] ?? 0) + (some[middle] ?? 0)) / 2;
    });
    runningMedian(steps, noise, 15).forEach((value, index) => {
      expect(value).toBeCloseTo(brute[index] ?? NaN, 12);
    });
  });

  it("of a part that begins early enough is that of the whole", () => {
    const late = steps.slice(100);
    for (const told of kinds.filter(({ kind }) => kind === "ema" || kind === "median")) {
      const whole = smoothedBy(told, steps, noise, 1).slice(180);
      const part = smoothedBy(told, late, noise.slice(100), 1).slice(80);
      whole.forEach((value, index) => {
        expect(part[index]).toBeCloseTo(value, 2);
      });
    }
    expect(smooth([], [])).toEqual([]);
  });

  it("is read from the address and written to it", () => {
    for (const text of ["none", "ema:0.95", "median:31"]) expect(smoothingText(parseSmoothing(text))).toBe(text);
    for (const text of [null, "ema:1", "ema:x", "median:1", "median:2.5", "other"])
      expect(parseSmoothing(text)).toEqual({ kind: "auto" });
  });

  it("by a slider comes back to where it was put", () => {
    for (let slide = 0; slide <= 100; slide += 1) expect(slideOf(emaOf(slide))).toBe(slide);
    expect([emaOf(0), emaOf(100)]).toEqual([0.5, 0.999]);
  });
});

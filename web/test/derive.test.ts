/** Curves made of curves, on figures small enough to check by hand. */
import { describe, expect, it } from "vitest";
import { componentCurve, evalRatio, median, shareCurves, smooth, stepsPerUpdate, type Component } from "../src/derive";
import { trackOf } from "../src/series";

const track = (step: number[], value: number[]) => trackOf({ step, ts: step, value });

describe("smooth", () => {
  it("of a constant is that constant from the first point on: no bias of the start", () => {
    for (const value of smooth([1, 2, 3, 4], [5, 5, 5, 5])) expect(value).toBeCloseTo(5, 12);
  });

  it("steps over a NaN", () => {
    const [a, b, c] = smooth([1, 2, 3], [2, NaN, 2]);
    expect(a).toBeCloseTo(2, 12);
    expect(b).toBeCloseTo(2, 12);
    expect(c).toBeCloseTo(2, 12);
  });

  it("weighs by steps: one bucket far back counts less than the points since", () => {
    const steps = [0, ...Array.from({ length: 100 }, (_, index) => 10_000 + index)];
    const values = steps.map((step) => (step === 0 ? 100 : 1));
    const even = smooth(
      Array.from({ length: 101 }, (_, index) => index),
      values,
    );
    expect(smooth(steps, values).at(-1)).toBeLessThan(even.at(-1) ?? 0);
  });

  it("has nothing to show before the first finite value", () => {
    expect(smooth([1, 2], [NaN, 1])[0]).toBeNaN();
  });
});

it("a median of an even count is the mean of the middle two; NaN counts for nothing", () => {
  expect(median([4, 1, NaN, 3, 2])).toBe(2.5);
  expect(median([NaN])).toBeNull();
});

describe("the ratio", () => {
  const steps = Array.from({ length: 200 }, (_, index) => index + 1);

  it("divides by the median of the last 50 updates, outliers notwithstanding", () => {
    const losses = steps.map((step) => (step <= 150 ? 100 : step === 180 ? 1e6 : 2));
    expect(evalRatio(track(steps, losses), track([200], [6]), 1)).toEqual({ step: [200], value: [3] });
  });

  it("counts updates, not batches", () => {
    const losses = steps.map((step) => (step <= 100 ? 4 : 2));
    expect(evalRatio(track(steps, losses), track([200], [8]), 4).value).toEqual([8 / 3]);
  });

  it("has no point where there is nothing to divide by", () => {
    expect(evalRatio(track([], []), track([5], [1]), 1).step).toEqual([]);
  });

  it("reads a batch as a part of an update", () => {
    expect(stepsPerUpdate({ step_unit: "batch", accumulation: 16 })).toBe(16);
    expect(stepsPerUpdate({ step_unit: "update", accumulation: 16 })).toBe(1);
    expect(stepsPerUpdate(null)).toBe(1);
  });
});

describe("components", () => {
  const kd: Component = { name: "kd", track: track([1, 2], [10, 20]), logged: undefined, declared: 0.75 };
  const lm: Component = { name: "lm", track: track([1, 2], [2, NaN]), logged: track([1], [0.25]), declared: 9 };

  it("are weighted as logged before as declared", () => {
    expect(componentCurve(kd, "weighted", false).value).toEqual([7.5, 15]);
    expect(componentCurve(lm, "weighted", false).value[0]).toBe(0.5);
  });

  it("logged after their weights are divided to give the raw ones", () => {
    expect(componentCurve(kd, "weighted", true).value).toEqual([10, 20]);
    expect(componentCurve(kd, "raw", true).value[0]).toBeCloseTo(13.333, 3);
  });

  it("without a weight have no weighted value", () => {
    expect(componentCurve({ ...kd, declared: undefined }, "weighted", false).value).toEqual([NaN, NaN]);
  });

  it("have shares that add up to one, where all of them are finite", () => {
    const shares = shareCurves([kd, lm], false);
    expect(shares.get("kd")).toEqual({ step: [1], value: [0.9375] });
    expect(shares.get("lm")).toEqual({ step: [1], value: [0.0625] });
  });
});

/** Series: the latest of a step wins, nothing is doubled, and thinning loses no spike. */
import { describe, expect, it } from "vitest";
import { lastFinite, thin, trackOf, upsert, valueNear, valueSteps } from "../src/series";
import type { SeriesView } from "../src/wire";

const view = (step: number[], value: (number | null)[], more: Partial<SeriesView> = {}): SeriesView => ({
  step,
  ts: step.map((one) => 1000 + one),
  value,
  ...more,
});

describe("upsert", () => {
  it("appends what is new", () => {
    const track = trackOf(view([1, 2], [5, 4]));
    upsert(track, view([3, 4], [3, 2]));
    expect([track.step, track.value]).toEqual([
      [1, 2, 3, 4],
      [5, 4, 3, 2],
    ]);
  });

  it("takes the same points twice without doubling them", () => {
    const track = trackOf(view([1, 2], [5, 4]));
    const more = view([2, 3], [4, 3]);
    upsert(track, more);
    upsert(track, more);
    expect(track.step).toEqual([1, 2, 3]);
  });

  it("sorts a late step in and lets a correction win", () => {
    const track = trackOf(view([1, 3], [5, 3]));
    upsert(track, view([2], [4]));
    upsert(track, view([3], [30]));
    expect([track.step, track.value, track.high]).toEqual([
      [1, 2, 3],
      [5, 4, 30],
      [5, 4, 30],
    ]);
  });

  it("keeps the kind of a non-finite point, and drops it when the point is corrected", () => {
    const track = trackOf(view([1], [5]));
    upsert(track, view([2], [null], { nonfinite: [{ step: 2, last_step: 2, kind: "inf", count: 1 }] }));
    expect(track.nonfinite).toEqual([{ step: 2, last_step: 2, kind: "inf", count: 1 }]);
    upsert(track, view([2], [4]));
    expect(track.nonfinite).toEqual([]);
    expect(track.value).toEqual([5, 4]);
  });

  it("marks every point of a merged run of non-finite ones as its own gap", () => {
    const track = trackOf(view([1], [5]));
    upsert(track, view([2, 3, 4], [null, null, 6], { nonfinite: [{ step: 2, last_step: 3, kind: "nan", count: 2 }] }));
    expect(track.nonfinite).toEqual([{ step: 2, last_step: 3, kind: "nan", count: 2 }]);
    expect(track.value.map(Number.isNaN)).toEqual([false, true, true, false]);
  });

  it("widens a bucket with a point that falls into it, and appends beyond its end", () => {
    const thinned = view([0, 10], [1, 2], {
      thinned: true,
      min: [0, 1],
      max: [3, 4],
      last: { step: 19, ts: 0, value: 2 },
    });
    const track = trackOf(thinned);
    upsert(track, view([15, 20], [99, 5]));
    expect([track.step, track.high, track.buckets]).toEqual([[0, 10, 20], [3, 99, 5], 2]);
  });
});

describe("thin", () => {
  const steps = Array.from({ length: 10_000 }, (_, index) => index * 2);
  const values = steps.map((step) => (step === 7000 ? 1e6 : step === 9002 ? -1e6 : Math.sin(step)));

  it("keeps to its bound and loses no spike", () => {
    const track = thin(trackOf(view(steps, values)), 100);
    expect(track.step.length).toBeLessThanOrEqual(100);
    expect(Math.max(...track.high)).toBe(1e6);
    expect(Math.min(...track.low)).toBe(-1e6);
    expect(track.end).toBe(19_998);
  });

  it("done again and again stays as fine at its start as at its end", () => {
    let track = trackOf(view([0], [0]));
    for (let step = 1; step < 50_000; step += 1) {
      upsert(track, view([step], [step]));
      if (track.step.length > 300) track = thin(track, 100);
    }
    const firstHalf = track.step.filter((step) => step < 25_000).length;
    expect(firstHalf).toBeGreaterThan(25);
    expect(track.step.length).toBeLessThanOrEqual(300);
  });

  it("leaves a short series as it is", () => {
    const track = trackOf(view([1, 2], [3, 4]));
    expect(thin(track, 2)).toBe(track);
  });
});

it("a mark stands at the last finite value before it, or at the first one", () => {
  const track = trackOf(view([2, 4, 6], [1, null, 3]));
  expect([valueNear(track, 5), valueNear(track, 1), valueNear(track, 9)]).toEqual([1, 1, 3]);
});

it("the last finite value is not the last point when that is a NaN", () => {
  expect(lastFinite(trackOf(view([1, 2], [7, null])))).toEqual({ step: 1, value: 7 });
  expect(lastFinite(trackOf(view([1], [null])))).toBeNull();
});

it("the value of a bucket stands at its end, where it was logged", () => {
  const track = trackOf(view([0, 10], [1, 2], { thinned: true, last: { step: 17, ts: 0, value: 2 } }));
  expect([valueSteps(track), lastFinite(track)]).toEqual([[9, 17], { step: 17, value: 2 }]);
  upsert(track, view([20], [3]));
  expect([valueSteps(track), lastFinite(track)]).toEqual([[9, 17, 20], { step: 20, value: 3 }]);
});

/** What a chart shows of its picture: the window, the value scale, and what stands at the cursor. */
import { describe, expect, it } from "vitest";
import { STEPS } from "../src/chart/axis";
import { figure, type Figure } from "../src/chart/figure";
import { groundOf, heightOf, placeOf, stepAt, valueRange } from "../src/chart/ground";
import { looked } from "../src/chart/look";
import { asksFor, before, catchUp, isCoarse, leadOf } from "../src/chart/parts";
import { marksNear, nearest, neighbour, readingsAt, stepsOf } from "../src/chart/readout";
import { nothing, WAITING, type Board, type Look, type Picture, type Spec } from "../src/chart/spec";
import { trackOf, type Track } from "../src/series";
import type { Run } from "../src/wire";

const steps = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const format = String;

function picture(step: number[], value: number[], more: Partial<Figure> = {}): Picture {
  const line = { name: "a", step, value, colour: "s1" } as const;
  return { ...nothing(""), figure: figure({ lines: [line], ...more }), columns: [{ name: "a", step, value, format }] };
}

const spec = { id: "one", keys: () => ["a"] } as unknown as Spec;
const look = (more: Partial<Look> = {}): Look => ({
  axis: STEPS,
  smoothing: { kind: "auto" },
  whole: [0, 100],
  span: [10, 20],
  isPart: true,
  logs: new Set(),
  attempt: null,
  ...more,
});
function board(more: Partial<Look> = {}, track?: Track): Board {
  const run = { id: "r", attempts: [1, 2].map((attempt) => ({ attempt, first_step: attempt * 8, started_at: 0 })) };
  const known = { keys: ["a"], events: [], alerts: [], shown: null, declared: null, track: () => track };
  return { ...known, run: run as unknown as Run, look: look(more) };
}

describe("a window", () => {
  it("holds its points, and the lines go on to its edges", () => {
    const seen = looked(picture(steps(1, 50), steps(1, 50)), spec, board());
    expect(seen.columns[0]?.step).toEqual(steps(10, 20));
    expect(seen.figure.lines[0]?.step).toEqual(steps(9, 21));
    expect([seen.figure.span, seen.figure.still]).toEqual([[10, 20], true]);
  });

  it("leaves marks outside of it out, cuts spans, and tells where an attempt goes on", () => {
    const marks = [5, 15].map((step) => ({ step, value: null, shape: "note", text: "" }) as const);
    const spans = [{ from: 5, to: 12, severity: "warning" }] as const;
    const seen = looked(picture(steps(1, 50), steps(1, 50), { marks: [...marks], spans }), spec, board()).figure;
    expect(seen.marks.map(({ step }) => step)).toEqual([15]);
    expect(seen.spans).toEqual([{ from: 10, to: 12, severity: "warning" }]);
    expect(seen.bounds).toEqual([{ step: 16, text: "attempt 2" }]);
  });

  it("without a point says so, also where the series has none at all", () => {
    expect(looked(picture([1], [1]), spec, board()).empty).toBe("Nothing of it is in these steps.");
    const empty = trackOf({ step: [], ts: [], value: [] });
    expect(looked(nothing(WAITING), spec, board({}, empty)).empty).toBe("Nothing of it is in these steps.");
    expect(looked(nothing(WAITING), spec, board()).empty).toBe(WAITING);
  });
});

describe("a log scale", () => {
  const logs = new Set(["one"]);

  it("leaves out what is not above zero, and counts it", () => {
    const seen = looked(picture(steps(10, 14), [1, 0, -2, 10, 100]), spec, board({ logs }));
    expect(seen.caption).toBe("Log scale: 2 points at or below zero are left out.");
    expect(seen.figure.lines[0]?.value).toEqual([1, NaN, NaN, 10, 100]);
    const [low, high] = valueRange(seen.figure);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(2);
  });

  it("is not there where nothing is above zero", () => {
    const seen = looked(picture(steps(10, 12), [0, -1, NaN]), spec, board({ logs }));
    expect([seen.figure.log, seen.caption]).toEqual([false, "No log scale: no value is above zero."]);
  });
});

describe("the ground of a chart", () => {
  const drawn = figure({ lines: [{ name: "a", step: [0, 10], value: [0, 4], colour: "s1" }], span: [0, 10] });

  it("tells places of steps and values, and back", () => {
    const ground = groundOf(drawn, 400, 200);
    for (const step of [0, 3, 10]) expect(stepAt(ground, placeOf(ground, step))).toBeCloseTo(step, 9);
    expect(heightOf(ground, 4)).toBeLessThan(heightOf(ground, 0));
    expect(placeOf(ground, 0)).toBeGreaterThan(ground.left);
  });

  it("fits the values to the window, with what a line has at its edges", () => {
    const [low, high] = valueRange({ ...drawn, span: [5, 8] });
    expect(low).toBeCloseTo(2 - 0.06 * 1.2, 9);
    expect(high).toBeCloseTo(3.2 + 0.06 * 1.2, 9);
  });

  it("gives a curve that never moves its own size", () => {
    const flat = figure({ lines: [{ name: "a", step: [1, 2], value: [0.5, 0.5], colour: "s1" }], span: [1, 2] });
    expect(valueRange(flat)).toEqual([0.25, 0.75]);
    expect(valueRange({ ...flat, fromZero: true })).toEqual([0, 0.75]);
  });

  it("knows the marks beside the pointer", () => {
    const marks = [3, 9].map((step) => ({ step, value: null, shape: "note", text: `at ${step}` }) as const);
    const ground = groundOf({ ...drawn, marks: [...marks] }, 400, 200);
    expect(marksNear(ground, placeOf(ground, 3) + 4)).toEqual(["at 3"]);
  });
});

describe("the cursor", () => {
  it("reads the last point at or before it, and the bucket's extremes where there are some", () => {
    const shown = picture([10, 20], [1, 2]);
    shown.columns.push({ name: "b", step: [12], value: [NaN], format });
    shown.columns.push({ name: "c", step: [5], value: [3], format, thinned: { low: [1], high: [9] } });
    expect(readingsAt(shown, 15).map(({ name, text, range }) => `${name} ${text} ${range}`.trim())).toEqual([
      "a 1",
      "b not finite",
      "c 3 1 to 9",
    ]);
    expect(readingsAt(shown, 7).map(({ name }) => name)).toEqual(["c"]);
  });

  it("walks over every step that has a point, and stops at the ends", () => {
    const all = stepsOf([...picture([1, 5], [0, 0]).columns, ...picture([3, 5], [0, 0]).columns]);
    expect(all).toEqual([1, 3, 5]);
    expect([neighbour(all, null, 1), neighbour(all, 3, 1), neighbour(all, 5, 1), neighbour(all, 4, -1)]).toEqual([
      5, 5, 5, 3,
    ]);
    expect([nearest(all, 1.9), nearest(all, 4.2), nearest([], 4)]).toEqual([1, 5, null]);
  });
});

describe("parts", () => {
  const thinned = (step: number[], count: number, last: number): Track =>
    trackOf({ step, ts: step, value: step, thinned: true, count, last: { step: last, ts: last, value: 0 } });
  const whole = thinned([0, 10, 20], 30, 29);

  it("are asked for only where the whole is coarser than it was logged", () => {
    expect(isCoarse(whole, [5, 9])).toBe(true);
    expect(isCoarse(whole, [30, 40])).toBe(false);
    expect(isCoarse(trackOf({ step: [1, 2], ts: [1, 2], value: [1, 2] }), [1, 2])).toBe(false);
  });

  it("begin before the window, by half its width or by the points that smoothing needs", () => {
    expect(leadOf([10_000, 20_000], 1, 50_000)).toBe(5000);
    expect(leadOf([10_000, 10_010], 1, 50_000)).toBe(9600);
    expect(leadOf([100, 110], 1, 50_000)).toBe(0);
  });

  it("of unlike density are asked for apart, so that none thins the other", () => {
    const tracks: Record<string, Track> = { a: thinned([0, 10], 4000, 3999), b: thinned([0, 10], 1000, 3999) };
    const asks = asksFor({ window: [1000, 2000], attempt: null }, ["a", "b"], (key) => tracks[key]);
    expect(asks.map(({ keys, from, to, points }) => [keys, from, to, points])).toEqual([
      [["a"], 500, 2000, 1200],
      [["b"], 0, 2000, 1600],
    ]);
    const open = asksFor({ window: [1000, Infinity], attempt: 2 }, ["a"], (key) => tracks[key]);
    expect(open[0]?.to).toBeNull();
    expect(asksFor({ window: null, attempt: 2 }, ["a"], () => undefined)[0]).toMatchObject({ from: null, points: 800 });
  });

  it("take in what came live while they were on their way, up to their end", () => {
    const part = trackOf({ step: [1, 2], ts: [1, 2], value: [1, 2] });
    catchUp(part, trackOf({ step: [1, 2, 3, 4, 9], ts: [1, 2, 3, 4, 9], value: [7, 7, 3, null, 9] }), 5);
    expect([part.step, part.value]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, NaN],
    ]);
    expect(before({ step: [4, 5, 6], ts: [4, 5, 6], value: [1, 2, 3] }, 5).value).toEqual([1, 2]);
  });
});

import { describe, expect, it } from "vitest";
import { against, curveOf, endOf, interpolate, scaleOf, timeScale, tokenScale } from "../src/compare/align";
import { drawn, groupsOf, linesOf, placed, spanOf, type Side } from "../src/compare/charts";
import { figureText, identity, labelsOf, valueText } from "../src/compare/naming";
import { movedRun, placeOf, toggled, withoutRun, withRun } from "../src/compare/place";
import { Strokes } from "../src/compare/strokes";
import { NO_TOKENS, whyEmpty } from "../src/compare/words";
import type { MetricRow } from "../src/compare/wire";
import { trackOf } from "../src/series";

const place = (text: string) => placeOf(new URLSearchParams(text));

describe("what the address compares", () => {
  it("holds runs once each, in order, and a base among them", () => {
    expect(place("run=b&run=a&run=b&run=&base=a").runs).toEqual(["b", "a"]);
    expect(place("run=b&run=a&base=a").base).toBe("a");
    expect(place("run=b&run=a&base=gone").base).toBe("b");
    expect(place("").base).toBeNull();
    const many = Array.from({ length: 25 }, (_, index) => `run=r${String(index)}`).join("&");
    expect(place(many).runs).toHaveLength(20);
  });

  it("knows no other axes and manners than there are", () => {
    expect([place("at=time&as=ratio").at, place("at=time&as=ratio").as]).toEqual(["time", "ratio"]);
    expect([place("at=odd&as=odd").at, place("at=odd&as=odd").as]).toEqual(["step", "values"]);
  });

  it("adds, removes and moves runs", () => {
    const two = place("run=a&run=b&base=b&hide=b&hide=gone");
    expect(withRun(two, "c")).toEqual({ run: ["a", "b", "c"] });
    expect(withRun(two, "a")).toEqual({ run: ["a", "b"] });
    expect(withoutRun(two, "b")).toEqual({ run: ["a"], hide: [], base: null });
    expect(withoutRun(two, "a")).toEqual({ run: ["b"], hide: ["b"] });
    expect(movedRun(two, "b", -1)).toEqual({ run: ["b", "a"], base: "b" });
    expect(movedRun(place("run=a&run=b"), "b", -1)).toEqual({ run: ["b", "a"], base: "a" });
    expect(movedRun(two, "b", 1)).toEqual({ run: ["a", "b"] });
  });

  it("leaves runs out and brings them back", () => {
    const three = place("run=a&run=b&run=c&hide=c");
    expect(toggled(three, "c")).toEqual({ hide: [] });
    expect(toggled(three, "a")).toEqual({ hide: ["c", "a"] });
  });
});

describe("strokes", () => {
  const ids = Array.from({ length: 20 }, (_, index) => `run-${String(index)}`);
  it("are each run's own, by pattern beyond eight", () => {
    const strokes = [...new Strokes().of(ids).values()];
    expect(new Set(strokes.map(({ colour, pattern }) => `${colour} ${pattern}`)).size).toBe(20);
    expect(strokes.slice(0, 8).every(({ pattern }) => pattern === "solid")).toBe(true);
  });

  it("stay with a run, whoever comes, goes or moves", () => {
    const page = new Strokes();
    const first = page.of(ids.slice(0, 6));
    page.of(ids.slice(2, 4));
    const again = page.of([...ids.slice(3, 12)].reverse());
    for (const id of ids.slice(3, 6)) expect(again.get(id)).toEqual(first.get(id));
    expect(new Set([...again.values()].map(({ colour, pattern }) => `${colour} ${pattern}`)).size).toBe(9);
  });
});

describe("interpolation", () => {
  const [x, y] = [
    [0, 10, 20],
    [1, 2, 4],
  ];
  it("goes straight between points", () => {
    expect([0, 5, 10, 15, 20].map((at) => interpolate(x, y, at))).toEqual([1, 1.5, 2, 3, 4]);
  });

  it("never goes beyond the ends", () => {
    expect(interpolate(x, y, -0.001)).toBeNaN();
    expect(interpolate(x, y, 20.001)).toBeNaN();
    expect(interpolate([], [], 1)).toBeNaN();
    expect(interpolate(x, y, NaN)).toBeNaN();
  });

  it("does not bridge a point that is not finite", () => {
    expect(interpolate([0, 10, 20], [1, NaN, 4], 15)).toBeNaN();
    expect(interpolate([0, 10, 20], [1, NaN, 4], 20)).toBe(4);
  });

  it("takes the last of points at one place", () => {
    expect(interpolate([0, 5, 5, 10], [0, 1, 3, 5], 5)).toBe(3);
    expect(interpolate([0, 5, 5, 10], [0, 1, 3, 5], 7.5)).toBe(4);
  });
});

const track = (step: number[], value: (number | null)[], ts?: number[]) =>
  trackOf({ step, value, ts: ts ?? step.map((one) => 100 + one) });

describe("axes", () => {
  it("tell time since a start, and stand still where a clock went back", () => {
    const scale = timeScale(track([0, 1, 2, 3], [1, 1, 1, 1], [100, 105, 103, 110]), 100);
    expect(scale.x).toEqual([0, 5, 5, 10]);
    expect(curveOf(track([0, 1, 2, 3], [9, 8, 7, 6]), scale)).toEqual({ x: [0, 5, 5, 10], value: [9, 8, 7, 6] });
  });

  it("leave out what lies beyond the scale", () => {
    expect(curveOf(track([0, 5, 20], [1, 2, 3]), scaleOf([0, 10], [0, 1000]))).toEqual({ x: [0, 500], value: [1, 2] });
  });

  it("take tokens only as a running count", () => {
    expect(tokenScale(track([1, 2, 3], [10, 20, 40]))?.x).toEqual([10, 20, 40]);
    expect(tokenScale(track([1, 2, 3], [10, 20, 15]))).toBeNull();
    expect(tokenScale(track([1, 2, 3], [512, 512, 512]))).toBeNull();
    expect(tokenScale(track([1], [10]))).toBeNull();
    expect(tokenScale(undefined)).toBeNull();
  });

  it("put a thinned bucket at its last step, and its last at the time of the last point", () => {
    const thinned = trackOf({
      thinned: true,
      step: [0, 50],
      ts: [100, 150],
      value: [5, 4],
      last: { step: 99, ts: 199, value: 4 },
    });
    const curve = curveOf(thinned, timeScale(thinned, 100, { step: 99, ts: 199 }));
    expect(curve).toEqual({ x: [49, 99], value: [5, 4] });
  });
});

describe("the difference to a base", () => {
  const base = { x: [0, 10, 20], value: [4, 2, 2] };
  it("is taken at equal x, and ends with the shorter run", () => {
    const longer = { x: [-5, 0, 5, 20, 25], value: [1, 5, 5, 5, 5] };
    expect(against(longer, base, "difference")).toEqual({ x: [0, 5, 20], value: [1, 2, 3] });
    expect(against({ x: [0, 5], value: [4, 3] }, base, "difference")).toEqual({ x: [0, 5], value: [0, 0] });
  });

  it("is a ratio where that is asked for, and nothing over zero", () => {
    expect(against({ x: [0, 10], value: [2, 3] }, base, "ratio").value).toEqual([0.5, 1.5]);
    expect(against({ x: [0], value: [2] }, { x: [0, 1], value: [0, 0] }, "ratio").value).toEqual([NaN]);
  });

  it("is nothing where the runs have not been at the same place", () => {
    expect(against({ x: [30], value: [1] }, base, "difference")).toEqual({ x: [], value: [] });
    expect(against({ x: [3], value: [1] }, { x: [], value: [] }, "difference")).toEqual({ x: [], value: [] });
  });

  it("ends where the last finite point is", () => {
    expect(endOf({ x: [1, 2, 3], value: [5, 6, NaN] })).toEqual({ x: 2, value: 6 });
    expect(endOf({ x: [1], value: [NaN] })).toBeNull();
  });
});

const row = (more: Partial<MetricRow> = {}): MetricRow => ({
  name: "train/loss",
  role: "train.loss",
  keys: { a: "train/loss", b: "train/loss" },
  values: {},
  equal: null,
  ...more,
});
const held = (step: number[], value: number[]) => ({ track: track(step, value), last: null });
const side = (id: string, more: Partial<Side> = {}): Side => ({
  id,
  name: id,
  stroke: { colour: "s1", pattern: "solid" },
  startedAt: 100,
  held: undefined,
  tokens: undefined,
  ...more,
});

const sides = [side("a", { held: held([1, 2, 4], [4, 3, 1]) }), side("b", { held: held([1, 2], [5, 5]) })];

describe("the charts", () => {
  it("stand by role first, then in groups, and those without a group last", () => {
    const rows = [row(), row({ role: "tokens", name: "tokens" })];
    for (const name of ["x", "train/a", "eval/b"]) rows.push(row({ role: null, name }));
    expect(groupsOf(rows).map(({ name, overlays }) => [name, overlays.map(({ id }) => id)])).toEqual([
      ["", ["role:train.loss"]],
      ["eval", ["series:eval/b"]],
      ["train", ["series:train/a"]],
      ["Other series", ["series:x"]],
    ]);
  });

  it("show values, or what is left of them against the base", () => {
    const at = { at: "step", as: "values", base: "a" } as const;
    expect(drawn(sides, row(), at).map(({ end }) => end?.value)).toEqual([1, 5]);
    const relative = drawn(sides, row(), { ...at, as: "difference" });
    expect(relative.map(({ curve }) => curve.value)).toEqual([
      [0, 0, 0],
      [1, 2],
    ]);
    expect(spanOf(relative)).toEqual([1, 4]);
    expect(drawn(sides, row(), { ...at, as: "ratio", base: "gone" })).toEqual([]);
  });

  it("leave a run without tokens out of the axis of tokens", () => {
    expect(placed(sides[0] ?? side("a"), "tokens")).toBeNull();
    const counted = side("a", { held: held([1, 2, 4], [4, 3, 1]), tokens: held([1, 2], [10, 20]) });
    expect(placed(counted, "tokens")).toEqual({ x: [10, 20], value: [4, 3] });
  });
});

describe("curves and words of the charts", () => {
  it("draw raw curves behind smoothed ones only where few runs leave room", () => {
    const long = Array.from({ length: 100 }, (_, index) => index);
    const many = ["a", "b", "c", "d"].map((id) => side(id, { held: held(long, long) }));
    const at = { at: "step", as: "values", base: "a" } as const;
    expect(linesOf(drawn(many, row(), at))).toHaveLength(4);
    expect(linesOf(drawn(many.slice(0, 3), row(), at))).toHaveLength(6);
    expect(linesOf(drawn(many.slice(0, 3), row({ name: "train/weight/x", role: null }), at))).toHaveLength(3);
    expect(linesOf(drawn(sides, row(), at)).every(({ dots }) => dots)).toBe(true);
  });

  it("end a difference where the smoothed curve ends: one point less another is mostly noise", () => {
    const long = Array.from({ length: 100 }, (_, index) => index);
    const noisy = long.map((index) => (index === 99 ? 9 : 1 + (index % 2) / 10));
    const both = [
      side("a", {
        held: held(
          long,
          long.map(() => 0),
        ),
      }),
      side("b", { held: held(long, noisy) }),
    ];
    const at = { at: "step", as: "values", base: "a" } as const;
    expect(drawn(both, row(), at)[1]?.end?.value).toBe(9);
    expect(drawn(both, row(), { ...at, as: "difference" })[1]?.end?.value).toBeLessThan(3);
  });

  it("say why they are empty", () => {
    const here = place("run=a&run=b");
    const why = (of: readonly Side[], where = here): string => {
      const shown = drawn(of, row(), where);
      return whyEmpty(
        of,
        shown,
        shown.filter((one) => !where.hidden.has(one.side.id)),
        where,
      );
    };
    expect(why(sides)).toBe("");
    expect(why([side("a"), side("b")])).toBe("Loading…");
    expect(why(sides.slice(1), place("run=a&run=b&as=ratio"))).toContain("The base does not log this series");
    expect(why(sides, place("run=a&run=b&hide=a&hide=b"))).toBe("All its runs are left out.");
    expect(why(sides, place("run=a&run=b&at=tokens"))).toBe(NO_TOKENS);
  });
});

describe("words", () => {
  it("tell runs of one name apart", () => {
    const runs = [
      { id: "1", name: "same" },
      { id: "2", name: "same" },
      { id: "3", name: "other" },
    ];
    expect([...labelsOf(["1", "2", "3", "4"], runs).values()]).toEqual(["same · 1", "same · 2", "other", "4"]);
    expect([...labelsOf(["1", "3"], runs).values()]).toEqual(["same", "other"]);
  });

  it("tell texts from what they could be taken for", () => {
    const told = ["linear", "3", "1e-5", "null", "", " x", "1427477a", "[1]"].map(valueText);
    expect(told).toEqual(["linear", '"3"', '"1e-5"', '"null"', '""', '" x"', "1427477a", '"[1]"']);
    expect([null, true, 3, [1, "a"], {}].map(valueText)).toEqual(["null", "true", "3", '[1, "a"]', "{}"]);
  });

  it("know equal JSON", () => {
    expect(identity({ a: 1, b: [null] })).toBe(identity({ b: [null], a: 1 }));
    expect(identity("1")).not.toBe(identity(1));
  });

  it("sign differences and mark ratios", () => {
    expect(figureText(0.5, { role: null }, "difference")).toBe("+0.5000");
    expect(figureText(-0.5, { role: null }, "difference")).toBe("−0.5000");
    expect(figureText(0.5, { role: null }, "ratio")).toBe("0.5000×");
    expect(figureText(0, { role: "lr" })).toBe("0 (exact)");
    expect(figureText(null, { role: null })).toBe("–");
  });
});

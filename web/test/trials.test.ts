/** What a trial shows: the curve with its bound, and how the saved rule would have differed. */
import { describe, expect, it } from "vitest";
import { curveOf, HEIGHT, WIDTH } from "../src/rulebook/curve";
import { differenceWords } from "../src/rulebook/trials";
import type { Firing } from "../src/rulebook/wire";

const series = (value: (number | null)[]) => ({ step: value.map((_, index) => 10 * index), ts: [], value });
const firing = (step: number): Firing => ({
  subject: "x",
  step,
  severity: "warning",
  title: "",
  resolved_step: null,
  keys: [],
});

describe("the curve", () => {
  it("spans its steps and its values, and is broken where there is none", () => {
    const curve = curveOf(series([1, null, 3, 2]), null);
    expect(curve?.line.match(/M/g)).toHaveLength(2);
    expect([curve?.least, curve?.greatest]).toEqual([1, 3]);
    expect(curve?.xOf(0)).toBeLessThan(curve?.xOf(30) ?? 0);
    expect(curve?.xOf(9999)).toBeLessThanOrEqual(WIDTH);
    expect(curve?.yOf(1)).toBeLessThanOrEqual(HEIGHT);
  });

  it("shows a bound that is near, and is not pressed flat by one that is far", () => {
    expect(curveOf(series([1, 2]), 2.5)?.greatest).toBe(2.5);
    const far = curveOf(series([1, 2]), 1000);
    expect(far?.greatest).toBe(2);
    expect(far?.yOf(1000)).toBeNull();
  });

  it("is none where nothing is finite", () => {
    expect(curveOf(series([null, null]), 1)).toBeNull();
    expect(curveOf(series([]), null)).toBeNull();
  });

  it("has a band where points are gathered", () => {
    expect(curveOf({ ...series([1, 2]), min: [0, 1], max: [3, 4] }, null)?.band).toMatch(/^M.*Z$/);
    expect(curveOf(series([1, 2]), null)?.band).toBe("");
  });
});

describe("the saved rule", () => {
  it.each([
    [[], [], "The saved rule would have done the same."],
    [[firing(1)], [firing(1)], "The saved rule would have done the same."],
    [[firing(1)], [], "The saved rule would never have fired."],
    [[], [firing(1200)], "The saved rule would have fired: warning at step 1,200."],
    [
      [],
      [1, 2, 3, 4].map(firing),
      "The saved rule would have fired: warning at step 1, warning at step 2, warning at step 3, and 1 more.",
    ],
  ])("%o beside %o", (fired, saved, words) => {
    expect(differenceWords(fired, saved)).toBe(words);
  });
});

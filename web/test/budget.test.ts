/** The redraw budget, with a clock wound by hand. */
import { beforeEach, expect, it } from "vitest";
import { Budget, type Drawable } from "../src/chart/budget";

let time: number;
let hidden: boolean;
let queue: { at: number; act: () => void }[];
let drawn: string[];
let budget: Budget;
/** Charts that have no points to draw. */
let empty: Set<string>;

beforeEach(() => {
  [time, hidden, queue, drawn] = [0, false, [], []];
  empty = new Set();
  budget = new Budget({
    now: () => time,
    after: (ms, act) => queue.push({ at: time + ms, act }),
    hidden: () => hidden,
  });
});

/** A chart whose drawing costs so many milliseconds. */
function chart(name: string, costMs: number): Drawable {
  const one = {
    draw: () => {
      drawn.push(name);
      time += costMs;
      return !empty.has(name);
    },
  };
  budget.add(one);
  budget.see(one, true);
  return one;
}

function wind(until: number): void {
  for (;;) {
    const next = queue.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
    if (!next) break;
    queue.splice(queue.indexOf(next), 1);
    time = Math.max(time, next.at);
    next.act();
  }
  time = Math.max(time, until);
}

it("draws a chart at most once a second, however often its data change", () => {
  const one = chart("a", 1);
  for (let ms = 10; ms <= 3000; ms += 10) {
    wind(ms);
    budget.touch(one);
  }
  expect(drawn.length).toBeGreaterThanOrEqual(3);
  expect(drawn.length).toBeLessThanOrEqual(4);
});

it("shows the first points of a chart as they come, though it was just found empty", () => {
  empty.add("a");
  const one = chart("a", 1);
  wind(10);
  empty.clear();
  budget.touch(one);
  wind(20);
  expect(drawn).toEqual(["a", "a"]);
});

it("lets no chart that stays empty hold up the others", () => {
  empty.add("a");
  const charts = ["a", "b", "c"].map((name) => chart(name, 20));
  for (let ms = 10; ms <= 4000; ms += 10) {
    wind(ms);
    charts.forEach((one) => {
      budget.touch(one);
    });
  }
  for (const name of ["b", "c"]) expect(drawn.filter((one) => one === name).length).toBeGreaterThanOrEqual(4);
});

it("spends a quarter of the time at most", () => {
  const charts = Array.from({ length: 8 }, (_, index) => chart(String(index), 50));
  for (let ms = 10; ms <= 10_000; ms += 10) {
    wind(ms);
    charts.forEach((one) => {
      budget.touch(one);
    });
  }
  expect(drawn.length * 50).toBeLessThanOrEqual(2600);
  expect(drawn.length * 50).toBeGreaterThan(2000);
});

it("goes round: none is drawn twice before all were drawn once", () => {
  const charts = ["a", "b", "c", "d"].map((name) => chart(name, 100));
  for (let ms = 10; ms <= 4000; ms += 10) {
    wind(ms);
    charts.forEach((one) => {
      budget.touch(one);
    });
  }
  expect(new Set(drawn.slice(0, 4)).size).toBe(4);
  expect(new Set(drawn.slice(4, 8)).size).toBe(4);
});

it("draws nothing that is not seen", () => {
  const one = chart("a", 1);
  wind(10);
  budget.see(one, false);
  budget.touch(one);
  wind(5000);
  expect(drawn).toEqual(["a"]);
  budget.see(one, true);
  wind(5001);
  expect(drawn).toEqual(["a", "a"]);
});

it("draws nothing while the page is hidden, and goes on when it is seen", () => {
  hidden = true;
  chart("a", 1);
  wind(5000);
  expect([drawn, queue]).toEqual([[], []]);
  hidden = false;
  budget.wake();
  wind(5001);
  expect(drawn).toEqual(["a"]);
});

it("draws the chart under the pointer first", () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => chart(name, 10));
  wind(2000);
  drawn = [];
  if (c) budget.hover(c);
  for (const one of [a, b, c]) if (one) budget.touch(one);
  wind(4000);
  expect(drawn[0]).toBe("c");
});

it("draws at once what a person asked for", () => {
  const one = chart("a", 1);
  wind(10);
  budget.urge(one);
  wind(20);
  expect(drawn).toEqual(["a", "a"]);
});

it("lets no chart that waits for its second hold up one that a person asked for", () => {
  const [a, b] = ["a", "b"].map((name) => chart(name, 1));
  wind(100);
  drawn = [];
  if (a) budget.touch(a);
  if (b) budget.urge(b);
  wind(200);
  expect(drawn).toEqual(["b"]);
});

it("forgets a chart that is gone", () => {
  const one = chart("a", 1);
  budget.remove(one);
  wind(5000);
  expect(drawn).toEqual([]);
});

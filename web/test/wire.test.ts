/** What comes over the wire: known frames are read, anything else is left alone. */
import { expect, it } from "vitest";
import { mergeRun, parseFrame, runsOf, type Run } from "../src/wire";

it("reads a frame with its cursor", () => {
  const frame = parseFrame('{"type":"points","cursor":"7.ab","data":{"attempt":1,"series":{}}}');
  expect(frame).toEqual({ type: "points", cursor: "7.ab", data: { attempt: 1, series: {} } });
});

it.each([
  "not json",
  "[]",
  "null",
  '{"type":"later","cursor":"1","data":{}}',
  '{"type":"run","cursor":"1","data":null}',
  '{"type":"points","cursor":"1","data":{"attempt":1}}',
])("leaves %s alone", (text) => {
  expect(parseFrame(text)).toBeNull();
});

it("takes a page or a bare list of runs", () => {
  const run = { id: "a" } as Run;
  expect(runsOf({ items: [run], next: null })).toEqual([run]);
  expect(runsOf([run])).toEqual([run]);
  expect(runsOf(undefined)).toEqual([]);
});

it("keeps the summary of series that a frame does not tell of", () => {
  const summary = { last: 1, last_step: 1, min: 1, max: 1, count: 1, nonfinite: 0 };
  const before = { id: "a", summary: { a: summary, b: summary }, roles: { a: "lr" } } as unknown as Run;
  const told = { id: "a", state: "failed", summary: { a: { ...summary, last: 2 } } } as unknown as Run;
  const merged = mergeRun(before, told);
  expect([merged.summary?.a?.last, merged.summary?.b?.last, merged.state, merged.roles]).toEqual([
    2,
    1,
    "failed",
    { a: "lr" },
  ]);
});

/** Figures in words: digits that never vanish and never flicker. */
import { describe, expect, it } from "vitest";
import { formatAge, formatBytes, formatDuration, formatLr, formatShare, formatValue } from "../src/format";

describe("a learning rate", () => {
  it.each([
    [7.965738758029979e-6, "7.97e-6"],
    [8.286937901498929e-6, "8.29e-6"],
    [3e-5, "3.00e-5"],
    [1e-300, "1.00e-300"],
    [-2.5e-4, "−2.50e-4"],
    [0.05, "0.0500"],
    [1, "1.00"],
  ])("of %d keeps three significant digits", (value, words) => {
    expect(formatLr(value)).toBe(words);
  });

  it("is zero only where it is exactly zero", () => {
    expect(formatLr(0)).toBe("0 (exact)");
    expect(formatLr(5e-324)).not.toContain("exact");
  });
});

describe("a value", () => {
  it.each([
    [15.5268, "15.53"],
    [15.5, "15.50"],
    [0.083, "0.08300"],
    [2065, "2065"],
    [123_456, "123,456"],
    [1.5e9, "1.500e9"],
    [1.5e-7, "1.500e-7"],
    [-3.25, "−3.250"],
    [0, "0"],
  ])("of %d has four significant digits", (value, words) => {
    expect(formatValue(value)).toBe(words);
  });

  it("that is not finite says which", () => {
    expect([NaN, Infinity, -Infinity].map((value) => formatValue(value))).toEqual(["NaN", "+Inf", "−Inf"]);
  });

  it("that is missing is a dash", () => {
    expect(formatValue(null)).toBe("–");
  });
});

it.each([
  [0.4, "0 s"],
  [59.4, "59 s"],
  [59.6, "1 m 0 s"],
  [29_700, "8 h 15 m"],
  [200_000, "2 d 7 h"],
  [null, "–"],
  [-5, "–"],
])("a duration of %s seconds reads %s", (seconds, words) => {
  expect(formatDuration(seconds)).toBe(words);
});

it("an age never lies in the time to come", () => {
  expect(formatAge(100, 90)).toBe("just now");
  expect(formatAge(100, 105.7)).toBe("5 s ago");
  expect(formatAge(null, 5)).toBe("never");
});

it("shares below one percent keep two digits", () => {
  expect([0.705, 0.0032, 0, 1].map(formatShare)).toEqual(["70.5%", "0.32%", "0.0%", "100.0%"]);
});

it("bytes are in decimal units", () => {
  expect([512, 1_536_000, 80e9].map(formatBytes)).toEqual(["512 B", "1.54 MB", "80.0 GB"]);
});

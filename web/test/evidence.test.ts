/** The figures of a finding in words. */
import { describe, expect, it } from "vitest";
import {
  causeName,
  codeParts,
  evidenceRows,
  figureWords,
  isSentence,
  spanWords,
  weighed,
  windowWords,
} from "../src/evidence";
import { alertOf } from "./made";

describe("a figure", () => {
  it.each([
    [0, "lr", "0 (exact)"],
    [8.286937901498929e-6, "lr", "8.287e-6"],
    [129, "update", "129"],
    [74_823, "total", "74,823"],
    [-3, "x", "−3"],
    [0.003002, "shares", "0.30%"],
    [2.633, "share_over_declared", "2.633"],
    ["nan", "value", "NaN"],
    ["-inf", "value", "−Inf"],
    [null, "x", "–"],
    [true, "x", "yes"],
    [[5.1827, 6.582], "predicted", "5.183, 6.582"],
  ])("%j of %s reads %s", (value, name, words) => {
    expect(figureWords(value, name)).toBe(words);
  });
});

describe("the table of evidence", () => {
  it("sets observed beside expected by name", () => {
    const alert = alertOf("a", {}, { observed: { lr: 0, update: 129 }, expected: { lr: 8.287e-6 } });
    expect(evidenceRows(alert)).toEqual([
      { name: "lr", observed: "0 (exact)", expected: "8.287e-6", kind: "figure" },
      { name: "update", observed: "129", expected: "", kind: "figure" },
    ]);
  });

  it("takes groups apart, and puts one figure for all of a group beside its name", () => {
    const alert = alertOf(
      "a",
      {},
      {
        observed: { shares: { kd: 0.66, fl: 0.26 }, share_over_declared: { kd: 0.95 } },
        expected: { shares: { kd: 0.7, lm: 0.1 }, share_over_declared: "0.25 to 3" },
      },
    );
    expect(evidenceRows(alert).map(({ name, observed, expected }) => [name, observed, expected])).toEqual([
      ["shares", "", ""],
      ["kd", "66.0%", "70.0%"],
      ["fl", "26.0%", ""],
      ["lm", "", "10.0%"],
      ["share over declared", "", "0.25 to 3"],
      ["kd", "0.9500", ""],
    ]);
  });

  it("puts sentences behind the figures, across both columns", () => {
    const observed = { stands_in: "the terms of eval stand in for those of training", ratio: 6.12 };
    const rows = evidenceRows(
      alertOf("a", {}, { observed, expected: { ratio: "between 0.5 and 2 in the first evals" } }),
    );
    expect(rows.map((row) => [row.name, isSentence(row)])).toEqual([
      ["ratio", false],
      ["stands in", true],
    ]);
  });
});

it("standing causes are all shown, refuted ones while there is room", () => {
  const cause = (id: string, fit: number | null) => ({ id, fit, explanation: "", evidence: {} });
  const { shown, folded } = weighed([
    cause("d", 0),
    cause("a", 0.9),
    cause("e", null),
    cause("b", 0.049),
    cause("f", 0.01),
  ]);
  expect([shown.map(({ id }) => id), folded.map(({ id }) => id)]).toEqual([
    ["a", "b", "f"],
    ["d", "e"],
  ]);
  expect(weighed(["a", "b", "c", "d"].map((id) => cause(id, 0.5))).folded).toEqual([]);
});

it("names, spans and windows read as a person writes them", () => {
  expect(causeName({ id: "scheduler-not-stepped", fit: 1, explanation: "", evidence: {} })).toBe(
    "Scheduler not stepped",
  );
  const alert = alertOf("a", { opened_step: 128, last_step: 2064 }, { window: { from_step: 96, to_step: 2064 } });
  expect([spanWords(alert), windowWords(alert)]).toEqual(["step 128 to 2,064", "Steps 96 to 2,064 of lr"]);
  expect(spanWords({ ...alert, resolved_step: 3000 })).toBe("step 128 to 2,064, resolved at 3,000");
});

it("code stands between backticks", () => {
  expect(codeParts("add `lr`, then `go()`.")).toEqual(["add ", "lr", ", then ", "go()", "."]);
});

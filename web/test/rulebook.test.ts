/** The rule book's pure parts: the form and back, the sentence, faults at their fields, the table, marked-up text. */
import { describe, expect, it } from "vitest";
import { arranged, doingParts, onWords, parseSorting, sortingText, turned, wantedOf } from "../src/rulebook/book";
import { draftOf, isSame, nameFor, newDraft, toldOf, withText, type Draft } from "../src/rulebook/draft";
import { placed, plainPlace } from "../src/rulebook/faults";
import { blocksOf } from "../src/rulebook/markup";
import { sentenceOf } from "../src/rulebook/sentence";
import type { Definition, Rule, RuleRow, Told } from "../src/rulebook/wire";

const NOWHERE = { project: null, tag: null, run: null };

function builtIn(id: string, more: Partial<Rule> = {}): Rule {
  const defaults = { updates: 5, away: 0.02, nothing: 1e-10 };
  return {
    id,
    kind: "built-in",
    family: "declared",
    title: `what ${id} looks for`,
    source: "catalogue",
    enabled: true,
    severity: null,
    scope: NOWHERE,
    params: defaults,
    defaults,
    definition: null,
    updated_at: null,
    ...more,
  };
}

function own(definition: Definition, more: Partial<Rule> = {}): Rule {
  const severity = definition.severity ?? "warning";
  const rest = { kind: "own", source: "service", severity, params: {}, defaults: {}, definition } as const;
  return builtIn("mine", { ...rest, ...more });
}

const written = (texts: Record<string, string>, more: Partial<Draft> = {}): Draft => ({
  ...Object.entries(texts).reduce((draft, [place, text]) => withText(draft, place, text), newDraft("train/loss")),
  ...more,
});

describe("the form", () => {
  const definitions: Definition[] = [
    { metric: "a", op: ">", value: 10 },
    { metric: "a", op: "<=", value: -1e-7, severity: "critical", title: "Too small" },
    { metric: "a", over: "b", reduce: "share", window: 20, op: "<", value: 0.5, for: { steps: 50, evals: 2 } },
    { metric: "a", absent: true, for: { seconds: 1.5 }, keep: { steps: 3 } },
  ];

  it.each(definitions)("gives back a rule of one's own as it was: %o", (definition) => {
    const rule = own(definition, { enabled: false, scope: { project: "p", tag: null, run: null } });
    const expected: Told = { severity: "warning", ...definition, enabled: false, scope: { project: "p" } };
    expect(toldOf(rule, draftOf(rule))).toEqual({ told: expected, faults: [] });
  });

  it("gives back of a built-in rule what is changed of it alone", () => {
    expect(toldOf(builtIn("x"), draftOf(builtIn("x"))).told).toEqual({});
    const changed = builtIn("x", { params: { updates: 9, away: 0.02, nothing: 1e-10 }, severity: "info" });
    expect(toldOf(changed, draftOf(changed)).told).toEqual({ params: { updates: 9 }, severity: "info" });
  });

  it("takes an empty parameter for its default", () => {
    const draft = withText(draftOf(builtIn("x")), "params.updates", " ");
    expect(toldOf(builtIn("x"), draft)).toEqual({ told: {}, faults: [] });
  });

  it("says where a number is none, and where there is no metric", () => {
    const told = toldOf(null, written({ metric: " ", value: "ten", "for.steps": "1,000" }));
    expect(told.faults.map(({ place }) => place)).toEqual(["for.steps", "value", "metric"]);
  });

  it("leaves out what does not go with the last value, or with what is absent", () => {
    expect(toldOf(null, written({ window: "9", value: "1" })).told.window).toBeUndefined();
    const absent = toldOf(
      null,
      written({ value: "1", over: "b", "for.evals": "3", "for.steps": "5" }, { absent: true }),
    );
    expect(absent.told).toEqual({ metric: "train/loss", severity: "warning", absent: true, for: { steps: 5 } });
  });

  it("tells what was changed from what was not", () => {
    const draft = draftOf(builtIn("x"));
    expect(isSame(draft, { ...draft })).toBe(true);
    expect(isSame(draft, withText(draft, "scope.tag", "a"))).toBe(false);
    expect(isSame(draft, { ...draft, enabled: false })).toBe(false);
  });

  it("names a new rule by what it says, and never as another is named", () => {
    expect(nameFor(written({ value: "10" }), new Set())).toBe("train-loss-above-10");
    expect(nameFor(written({ value: "10" }), new Set(["train-loss-above-10"]))).toBe("train-loss-above-10-2");
    expect(nameFor(written({ metric: "Ünï/…", value: "" }), new Set())).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
    expect(nameFor(written({ metric: "", op: "", value: "" }), new Set())).toBe("own");
  });
});

describe("the sentence", () => {
  it.each([
    [
      { reduce: "median", window: "16", value: "10", "for.steps": "50" },
      "Fires as warning when the median of the last 16 points of train/loss is above 10 for 50 steps.",
    ],
    [{ value: "10" }, "Fires as warning when train/loss is above 10."],
    [
      { over: "eval/loss", op: "<=", value: "2", severity: "critical", "keep.evals": "1" },
      "Fires as critical when train/loss divided by eval/loss is at or below 2. It is over when that has been gone for 1 eval.",
    ],
    [
      { reduce: "share", over: "b", value: "0.5", "scope.project": "p", "scope.tag": "t" },
      "Fires as warning when the share of train/loss in b over the last 16 points is above 0.5. It looks at runs of project p with the tag t alone.",
    ],
    [{ metric: "", op: "", value: "" }, "Fires as warning when … is … …."],
  ])("of a rule of one's own: %o", (texts, said) => {
    expect(sentenceOf(null, written(texts as Record<string, string>))).toBe(said);
  });

  it("of what does not come, and of what is off", () => {
    const absent = written({ "for.steps": "100", "for.evals": "3", "for.seconds": "60" }, { absent: true });
    expect(sentenceOf(null, absent)).toBe(
      "Fires as warning when train/loss has not come for 100 steps and 60 seconds.",
    );
    expect(sentenceOf(null, { ...absent, enabled: false })).toMatch(/^It is off\. On, it would do this: Fires/);
  });

  it("of a built-in rule says what is changed, and where", () => {
    const rule = builtIn("x");
    const draft = draftOf(rule);
    expect(sentenceOf(rule, draft)).toBe("It stands as it comes: nothing of it is changed.");
    const changed = withText(withText(draft, "params.updates", "9"), "severity", "info");
    expect(sentenceOf(rule, changed)).toBe("Changed: updates is 9 instead of 5, each finding counts as info.");
    expect(sentenceOf(rule, withText(changed, "scope.project", "p"))).toBe(
      "For runs of project p, updates is 9 instead of 5, each finding counts as info. Elsewhere it stands as it comes.",
    );
    expect(sentenceOf(rule, { ...withText(draft, "scope.run", "r"), enabled: false })).toBe(
      "It is off in the run r. Elsewhere it stands as it comes.",
    );
  });
});

describe("a fault", () => {
  const fields = ["metric", "value", "for.steps", "for.evals", "params.updates"];

  it("stands at its field, whoever found it", () => {
    expect(plainPlace("body.value")).toBe("value");
    expect(plainPlace("body.rule.RuleTried.for.steps")).toBe("for.steps");
    expect(plainPlace("body.rule.params.updates")).toBe("params.updates");
    const { at, rest } = placed([{ place: "body.value", detail: "say what it is compared with" }], fields);
    expect([...at]).toEqual([["value", "Say what it is compared with."]]);
    expect(rest).toEqual([]);
  });

  it("of a whole stands at its first part, and of a part at its whole", () => {
    expect([...placed([{ place: "body.for", detail: "say how long" }], fields).at]).toEqual([
      ["for.steps", "Say how long."],
    ]);
    expect([...placed([{ place: "body.metric.0", detail: "odd" }], fields).at]).toEqual([["metric", "Odd."]]);
  });

  it("of no field stands above them, and what is of the other form nowhere", () => {
    const told = placed(
      [
        { place: "body.odd", detail: "Extra inputs" },
        { place: "body.rule.constrained-str", detail: "Input should be a valid string" },
        { place: "body", detail: "it cannot be." },
      ],
      fields,
    );
    expect(told.at.size).toBe(0);
    expect(told.rest).toEqual(["Odd: Extra inputs.", "It cannot be."]);
  });
});

describe("the table", () => {
  const standing = (firing: number, passing: number) => ({ firing, pending: 0, passing, not_checked: 0 });
  const rows: RuleRow[] = [
    { ...builtIn("b"), standing: standing(0, 3) },
    { ...builtIn("a", { family: "system", severity: "critical" }), standing: standing(2, 1) },
    { ...own({ metric: "x" }, { enabled: false, family: "user" }), standing: standing(0, 0) },
    {
      ...builtIn("c", { source: "service", scope: { ...NOWHERE, tag: "t" }, enabled: false }),
      standing: standing(1, 2),
    },
  ];
  const ids = (query: string): string[] => arranged(rows, wantedOf(new URLSearchParams(query))).map(({ id }) => id);

  it("keeps the order of the book where none is asked for", () => {
    expect(ids("")).toEqual(["b", "a", "mine", "c"]);
  });

  it.each([
    ["q=looks+changed", ["c"]],
    ["q=TAG", ["c"]],
    ["family=system", ["a"]],
    ["state=firing", ["a", "c"]],
    ["state=own", ["mine"]],
    ["state=changed", ["c"]],
    ["state=off", ["mine", "c"]],
    ["sort=-now", ["a", "c", "b", "mine"]],
    ["sort=rule", ["a", "b", "c", "mine"]],
    ["sort=-severity", ["a", "mine", "b", "c"]],
    ["sort=odd", ["b", "a", "mine", "c"]],
  ])("%s", (query, expected) => {
    expect(ids(query)).toEqual(expected);
  });

  it("turns an order one way, the other, and back to that of the book", () => {
    const first = turned(null, "now");
    expect(sortingText(first)).toBe("-now");
    const second = turned(first, "now");
    expect(sortingText(second)).toBe("now");
    expect(turned(second, "now")).toBeNull();
    expect(turned(second, "rule")).toEqual({ by: "rule", falls: false });
    expect(parseSorting("-rule")).toEqual({ by: "rule", falls: true });
  });

  it("says how a rule stands and where it is on", () => {
    expect(doingParts(standing(1, 2)).map(([, words]) => words)).toEqual(["1 firing", "2 passing"]);
    expect(rows.map(onWords)).toEqual(["on", "on", "off", "off in part"]);
  });
});

describe("the documentation", () => {
  it("is paragraphs with code and stress, and code as it stands", () => {
    expect(blocksOf("for `updates` (5) of *res*\n\nagain\n\n```text\na  `b`\n```")).toEqual([
      {
        kind: "p",
        parts: [
          { kind: "text", text: "for " },
          { kind: "code", text: "updates" },
          { kind: "text", text: " (5) of " },
          { kind: "em", text: "res" },
        ],
      },
      { kind: "p", parts: [{ kind: "text", text: "again" }] },
      { kind: "pre", text: "a  `b`" },
    ]);
  });

  it("keeps a product that is no stress", () => {
    expect(blocksOf("0.02 * peak * 3")).toEqual([{ kind: "p", parts: [{ kind: "text", text: "0.02 * peak * 3" }] }]);
  });
});

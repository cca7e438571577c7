/** What a rule will do, in a sentence, as it is written. Pure. */
import { SPANS, textAt, type Draft } from "./draft";
import type { Rule } from "./wire";

const WORDS: Record<string, string> = {
  "<": "below",
  "<=": "at or below",
  ">": "above",
  ">=": "at or above",
  "==": "exactly",
  "!=": "other than",
};
const UNWRITTEN = "…";
const USUAL_WINDOW = "16";

const or = (text: string): string => (text.trim() === "" ? UNWRITTEN : text.trim());

function spanWords(draft: Draft, name: "for" | "keep"): string {
  const units = draft.absent && name === "for" ? SPANS.filter((unit) => unit !== "evals") : SPANS;
  const parts = units.map((unit) => [textAt(draft, `${name}.${unit}`).trim(), unit] as const);
  const said = parts
    .filter(([count]) => count !== "")
    .map(([count, unit]) => `${count} ${count === "1" ? unit.slice(0, -1) : unit}`);
  return said.join(" and ");
}

function reducedWords(draft: Draft): string {
  const [metric, over] = [or(textAt(draft, "metric")), textAt(draft, "over").trim()];
  const reduce = textAt(draft, "reduce");
  const points = textAt(draft, "window").trim() || USUAL_WINDOW;
  const names: Record<string, string> = { mean: "mean", median: "median", min: "least", max: "greatest" };
  if (reduce === "share") return `the share of ${metric} in ${or(over)} over the last ${points} points`;
  if (reduce === "slope") return `the slope of ${metric}, a step, over the last ${points} points`;
  const name = names[reduce];
  if (name === undefined) return over === "" ? metric : `${metric} divided by ${over}`;
  const divided = over === "" ? "" : `, divided by that of ${over},`;
  return `the ${name} of the last ${points} points of ${metric}${divided}`;
}

const runsWords = (draft: Draft): string => {
  const [project, tag, run] = ["project", "tag", "run"].map((name) => textAt(draft, `scope.${name}`).trim());
  if (run)
    return `the run ${run}${project ? `, if it is of project ${project}` : ""}${tag ? `, if it has the tag ${tag}` : ""}`;
  const parts = [project ? `of project ${project}` : "", tag ? `with the tag ${tag}` : ""].filter(
    (part) => part !== "",
  );
  return parts.length > 0 ? `runs ${parts.join(" ")}` : "";
};

/** A rule of one's own: `Fires as warning when the median of the last 16 points of train/loss is above 10 for 50 steps.` */
export function ownSentence(draft: Draft): string {
  const severity = textAt(draft, "severity") || "warning";
  const [lasting, gone, runs] = [spanWords(draft, "for"), spanWords(draft, "keep"), runsWords(draft)];
  const what = draft.absent
    ? `${or(textAt(draft, "metric"))} has not come for ${or(lasting)}`
    : `${reducedWords(draft)} is ${WORDS[textAt(draft, "op")] ?? UNWRITTEN} ${or(textAt(draft, "value"))}${lasting === "" ? "" : ` for ${lasting}`}`;
  return [
    draft.enabled ? "" : "It is off. On, it would do this:",
    `Fires as ${severity} when ${what}.`,
    gone === "" ? "" : `It is over when that has been gone for ${gone}.`,
    runs === "" ? "" : `It looks at ${runs} alone.`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** A built-in rule: what of it is changed, and where. */
export function builtInSentence(rule: Rule, draft: Draft): string {
  const runs = runsWords(draft);
  const where = runs === "" ? "" : ` in ${runs}`;
  const elsewhere = runs === "" ? "" : " Elsewhere it stands as it comes.";
  if (!draft.enabled) return `It is off${where}.${elsewhere}`;
  const severity = textAt(draft, "severity");
  const parts = Object.entries(rule.defaults).flatMap(([name, usual]) => {
    const text = textAt(draft, `params.${name}`).trim();
    return text === "" || Number(text) === usual ? [] : [`${name} is ${text} instead of ${usual}`];
  });
  if (severity !== "") parts.push(`each finding counts as ${severity}`);
  if (parts.length === 0) return "It stands as it comes: nothing of it is changed.";
  const said = parts.join(", ");
  return where === "" ? `Changed: ${said}.` : `For ${runs}, ${said}.${elsewhere}`;
}

export const sentenceOf = (rule: Rule | null, draft: Draft): string =>
  rule === null || rule.kind === "own" ? ownSentence(draft) : builtInSentence(rule, draft);

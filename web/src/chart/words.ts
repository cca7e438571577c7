/** A chart in words, for those who do not see it: what each line does, what is not finite, and what was found. */
import { formatCount } from "../format";
import { isFinding, type Mark } from "./figure";
import type { Column, Picture } from "./spec";
import { courseOf } from "./trend";

const MOST_MARKS = 5;
const MOST_LINES = 6;

/** `train/loss falls from 8.4 at step 1 to 0.14 at step 60, level in the last quarter; least …, greatest …`. */
function columnSentence(column: Column): string {
  const { name, step, format } = column;
  const course = courseOf(column);
  if (!course) return `${name}: no finite value.`;
  const { verb, tail, first, last, least, greatest } = course;
  const at = (one: number | undefined): string => `step ${formatCount(one)}`;
  if (step.length === 1) return `${name} is ${format(last)} at ${at(step[0])}.`;
  if (verb === "stays level") return `${name} stays at ${format(last)} from ${at(step[0])} to ${at(step.at(-1))}.`;
  const way = verb === "wavers" ? "wavers without a trend" : verb;
  const ends = `from ${format(first)} at ${at(step[0])} to ${format(last)} at ${at(step.at(-1))}`;
  const extremes = `least ${format(least.value)} at ${at(least.step)}, greatest ${format(greatest.value)} at ${at(greatest.step)}`;
  return `${name} ${way}, ${ends}${tail === "" ? "" : `, ${tail}`}; ${extremes}.`;
}

function columnSentences(columns: readonly Column[]): string[] {
  const more = columns.length - MOST_LINES;
  const told = columns.slice(0, MOST_LINES).map(columnSentence);
  return more > 0 ? [...told, `And ${formatCount(more)} more lines.`] : told;
}

function told(marks: readonly Mark[], what: string): string[] {
  const more = marks.length - MOST_MARKS;
  return [
    ...marks.slice(0, MOST_MARKS).map((mark) => `${mark.text}.`),
    ...(more > 0 ? [`And ${formatCount(more)} more ${what}.`] : []),
  ];
}

export function describe(title: string, picture: Picture): string {
  if (picture.empty !== "") return `${title}. ${picture.empty}`;
  const { marks, shown } = picture.figure;
  const nonfinite = told(
    marks.filter((mark) => mark.value !== null),
    "non-finite marks",
  );
  const findings = told(marks.filter(isFinding), "findings");
  const pointed = shown === null ? [] : [`Step ${formatCount(shown)} is marked.`];
  const columns = columnSentences(picture.columns);
  return [`${title}.`, ...columns, ...nonfinite, ...findings, ...pointed, picture.caption].join(" ").trim();
}

/** A chart in words, for those who do not see it. */
import { formatCount } from "../format";
import { isFinding, type Mark } from "./figure";
import type { Column, Picture } from "./spec";

const MOST_MARKS = 5;

function columnSentence({ name, step, value, format }: Column): string {
  const finite = value.filter((one) => !Number.isNaN(one));
  const [first, last] = [finite[0], finite.at(-1)];
  if (first === undefined || last === undefined) return `${name}: no finite value.`;
  const [least, greatest] = finite.reduce(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [Infinity, -Infinity]);
  const range = `least ${format(least)}, greatest ${format(greatest)}`;
  const steps = `steps ${formatCount(step[0])} to ${formatCount(step.at(-1))}`;
  return `${name}, ${steps}: from ${format(first)} to ${format(last)}, ${range}.`;
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
  const columns = picture.columns.map(columnSentence);
  return [`${title}.`, ...columns, ...nonfinite, ...findings, ...pointed, picture.caption].join(" ").trim();
}

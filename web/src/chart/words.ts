/** A chart in words, for those who do not see it. */
import { formatCount } from "../format";
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

export function describe(title: string, picture: Picture): string {
  if (picture.empty !== "") return `${title}. ${picture.empty}`;
  const special = picture.figure.marks.filter((mark) => mark.value !== null);
  const told = special.slice(0, MOST_MARKS).map((mark) => `${mark.text}.`);
  const more = special.length > MOST_MARKS ? [`And ${special.length - MOST_MARKS} more non-finite marks.`] : [];
  return [`${title}.`, ...picture.columns.map(columnSentence), ...told, ...more, picture.caption].join(" ").trim();
}

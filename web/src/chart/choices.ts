/** What a person chose on a card: its view, its table, the lines that are hidden. The address holds it. */
import { goWith, query } from "../state";
import type { Figure } from "./figure";
import { componentName } from "./nonfinite";
import type { Label, Spec } from "./spec";

/** What is said of one chart in a query of several: `components:share:eval` gives `share:eval` for `components`. */
export const toldOf = (told: readonly string[], id: string): string[] =>
  told.filter((one) => one.startsWith(`${id}:`)).map((one) => one.slice(id.length + 1));

/** The options that are chosen; what the address says is heard only where it is an option. */
export function chosenFrom(told: readonly string[], spec: Pick<Spec, "id" | "switches">): string[] {
  const asked = toldOf(told, spec.id)[0]?.split(":") ?? [];
  return spec.switches.map(({ options }, index) => options.find((one) => one === asked[index]) ?? options[0] ?? "");
}

export const chosenOf = (spec: Spec): string[] => chosenFrom(query.value.getAll("view"), spec);
export const hiddenOf = (spec: Spec): string[] => toldOf(query.value.getAll("hide"), spec.id);
export const isTable = (spec: Spec): boolean => query.value.getAll("table").includes(spec.id);

export function choose(spec: Spec, chosen: readonly string[]): void {
  const others = query.peek().getAll("view");
  const isPlain = chosen.every((one, index) => one === spec.switches[index]?.options[0]);
  const own = isPlain ? [] : [[spec.id, ...chosen].join(":")];
  goWith({ view: [...others.filter((one) => !one.startsWith(`${spec.id}:`)), ...own] });
}

const toggled = (all: readonly string[], one: string): string[] =>
  all.includes(one) ? all.filter((other) => other !== one) : [...all, one];

export function toggleTable(spec: Spec): void {
  goWith({ table: toggled(query.peek().getAll("table"), spec.id) });
}

export function toggleHidden(spec: Spec, name: string): void {
  goWith({ hide: toggled(query.peek().getAll("hide"), `${spec.id}:${name}`) });
}

/** A figure without the lines that are hidden: all that bears their colour, and the marks on them. */
export function without(figure: Figure, labels: readonly Label[], hidden: readonly string[]): Figure {
  const gone = labels.filter(({ name }) => hidden.includes(name));
  if (gone.length === 0) return figure;
  const names = new Set(gone.map(({ name }) => name));
  const colours = new Set(gone.map(({ colour }) => colour));
  const stays = (one: { colour: Label["colour"] }): boolean => !colours.has(one.colour);
  const isGone = (of = ""): boolean => names.has(of) || names.has(componentName(of));
  return {
    ...figure,
    lines: figure.lines.filter(stays),
    bands: figure.bands.filter(stays),
    marks: figure.marks.filter(({ of }) => !isGone(of)),
    bars: figure.bars && { ...figure.bars, parts: figure.bars.parts.filter(stays) },
  };
}

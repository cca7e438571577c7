/** Colours of series: safe for colour-blind readers, and the same name always the same colour. */
import type { Colour } from "./figure";

const PALETTE: readonly Colour[] = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"];

/** The names that distillation runs share keep fixed places; no hash may put two of them on one colour. */
const KNOWN: Record<string, Colour> = {
  loss: "s1",
  kd_loss: "s1",
  feature_loss: "s2",
  attention_loss: "s3",
  lm_loss: "s4",
  hard_loss: "s5",
};

export const TRAIN: Colour = "s1";
export const EVAL: Colour = "s2";

function hash(text: string): number {
  let value = 2_166_136_261;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 16_777_619) >>> 0;
  }
  return value;
}

export function colourOf(name: string): Colour {
  return KNOWN[name] ?? PALETTE[hash(name) % PALETTE.length] ?? "s1";
}

/** Colours for names that share a chart: each its own where it can be, in an order that does not depend on arrival. */
export function coloursOf(names: readonly string[]): Map<string, Colour> {
  const result = new Map<string, Colour>();
  const known = names.filter((name) => name in KNOWN);
  const others = names.filter((name) => !(name in KNOWN)).sort();
  const taken = new Set<Colour>();
  for (const name of [...known, ...others]) {
    const start = PALETTE.indexOf(colourOf(name));
    const free = PALETTE.map((_, index) => PALETTE[(start + index) % PALETTE.length] ?? "s1").find(
      (c) => !taken.has(c),
    );
    const colour = free ?? colourOf(name);
    taken.add(colour);
    result.set(name, colour);
  }
  return result;
}

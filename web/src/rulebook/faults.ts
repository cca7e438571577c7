/** Puts what the server found wrong beside the fields that it is about. Pure. */
import type { Fault } from "./draft";

/** Faults by the place of their field, and those that are of no field. */
export interface Placed {
  at: ReadonlyMap<string, string>;
  rest: readonly string[];
}

export const NO_FAULTS: Placed = { at: new Map(), rest: [] };

/** `body.rule.RuleTried.for.steps` and `body.for.steps` are both the field `for.steps`. */
export const plainPlace = (place: string): string =>
  place
    .split(".")
    .filter((part, index) => !(index === 0 && part === "body"))
    .join(".")
    .replace(/^rule\.(RuleTried\.)?/, "");

/** Told where a rule may also be named by its id: of one that is written out it means nothing. */
const isOfOtherForm = (place: string): boolean => /^body\.rule\.(constrained-)?str/.test(place);

const sentence = (text: string): string => {
  const said = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(said) ? said : `${said}.`;
};

/** `fields` are the places that stand in the form; a fault of a part stands at the whole, and the other way round. */
export function placed(faults: readonly Fault[], fields: readonly string[]): Placed {
  const at = new Map<string, string>();
  const rest: string[] = [];
  for (const { place, detail } of faults) {
    if (isOfOtherForm(place)) continue;
    const plain = plainPlace(place);
    const field =
      fields.find((one) => one === plain) ?? fields.find((one) => one.startsWith(`${plain}.`) && plain !== "");
    const whole = field ?? fields.find((one) => plain.startsWith(`${one}.`));
    if (whole === undefined) rest.push(plain === "" ? sentence(detail) : sentence(`${plain}: ${detail}`));
    else at.set(whole, [at.get(whole), sentence(detail)].filter(Boolean).join(" "));
  }
  return { at, rest };
}

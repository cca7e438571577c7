/** A severity as a shape and a word: a disc, a triangle, a ring. */
import type { Severity } from "../wire";

const SIGNS: Record<Severity, string> = { critical: "●", warning: "▲", info: "○" };
const WORDS: Record<Severity, string> = { critical: "Critical", warning: "Warning", info: "Note" };

export function Mark({ severity }: { severity: Severity }) {
  return <span aria-hidden="true">{SIGNS[severity]}</span>;
}

export function SeverityOf({ severity, rule, isOver }: { severity: Severity; rule: string; isOver: boolean }) {
  return (
    <p class={`severity ${isOver ? "over" : severity}`}>
      <Mark severity={severity} /> {WORDS[severity]}
      {isOver && ", resolved"} <span class="dim">· {rule}</span>
    </p>
  );
}

/** Alerts made for the tests. */
import type { Alert, Evidence } from "../src/wire";

export function alertOf(
  id: string,
  more: Partial<Omit<Alert, "evidence">> = {},
  evidence: Partial<Evidence> = {},
): Alert {
  return {
    id,
    run_id: "r",
    rule: "lr-stuck",
    subject: "run",
    parent: null,
    severity: "warning",
    state: "firing",
    acknowledged: null,
    silenced_until: null,
    opened_step: 5,
    opened_at: 0,
    last_step: 5,
    resolved_step: null,
    resolved_at: null,
    reason: null,
    title: id,
    causes: [],
    actions: [],
    cannot_tell: "",
    ...more,
    evidence: {
      observed: {},
      expected: {},
      window: { from_step: 5, to_step: 5 },
      keys: ["lr"],
      formula: "",
      ...evidence,
    },
  };
}

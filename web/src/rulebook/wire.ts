/** What the server tells of rules: the book, how each stands over the live runs, and what a trial found. */
import type { Mute } from "../mutes";
import type { Alert, CheckVerdict, Page, Severity } from "../wire";

export interface Scope {
  project: string | null;
  tag: string | null;
  run: string | null;
}

export interface Span {
  steps?: number | null;
  evals?: number | null;
  seconds?: number | null;
}

export type Reduce = "last" | "mean" | "median" | "min" | "max" | "slope" | "share";
export type Op = "<" | "<=" | ">" | ">=" | "==" | "!=";

/** What a rule of one's own says, beside whether it is on and where it holds. */
export interface Definition {
  metric?: string;
  over?: string;
  reduce?: Reduce;
  window?: number;
  op?: Op;
  value?: number;
  absent?: boolean;
  for?: Span;
  keep?: Span;
  severity?: Severity;
  title?: string;
}

/** A rule as it is put in the book. */
export interface Told extends Definition {
  enabled?: boolean;
  scope?: Partial<Scope>;
  params?: Record<string, number>;
}

export type Standing = Record<CheckVerdict, number>;

export interface Rule {
  id: string;
  kind: "built-in" | "own";
  family: string;
  title: string;
  source: "catalogue" | "file" | "service";
  enabled: boolean;
  severity: Severity | null;
  scope: Scope;
  params: Record<string, number>;
  defaults: Record<string, number>;
  definition: Definition | null;
  updated_at: number | null;
}

export interface RuleRow extends Rule {
  standing: Standing;
}

/** `about` holds what is documented, by its lead: `Looks at`, `Fires when` and so on. */
export interface OneRule extends Rule {
  about: Record<string, string>;
  mutes: Mute[];
}

export interface RulePage extends Page<RuleRow> {
  version: string;
  live_runs: number;
}

/** How a rule stands for a live run; no verdict where it does not look at it, or the run was not judged yet. */
export interface RunStanding {
  run: string;
  name: string;
  project: string;
  through_step: number | null;
  verdict: CheckVerdict | null;
  reason: string | null;
  broken: string | null;
  alerts: Alert[];
}

export interface Firing {
  subject: string;
  step: number;
  severity: Severity;
  title: string;
  resolved_step: number | null;
  keys: string[];
}

export interface Trial {
  run: string;
  would_have_fired: Firing[];
}

/** What `GET /compare` answers; whatever is by run is keyed by its id. */
import type { CheckVerdict, Health, Json, RunState, Severity, Summary } from "../wire";

export interface ComparedRun {
  id: string;
  project: string;
  name: string;
  state: RunState;
  state_reason: string | null;
  started_at: number;
  last_step: number | null;
  step_unit: "batch" | "update" | null;
  health: Health;
}

/** A run that does not have the path is missing in `values`, unlike one that holds null. */
export interface DifferenceRow {
  path: string;
  values: Record<string, Json>;
}

export interface Differences {
  differing: number;
  equal: number;
  rows: DifferenceRow[];
  same?: { path: string; value: Json }[] | null;
}

export interface Caveat {
  about: "loss" | "train" | "eval" | "step";
  paths: string[];
  undeclared: string[];
  sentence: string;
}

export interface PointThere {
  last: number | null;
  last_step: number;
  min: number | null;
}

export interface MetricRow {
  name: string;
  role: string | null;
  keys: Record<string, string>;
  values: Record<string, Summary>;
  equal: { step: number; values: Record<string, PointThere> } | null;
}

export interface FoundAlert {
  id: string;
  subject: string;
  severity: Severity;
  state: "firing" | "resolved";
  opened_step: number;
  resolved_step: number | null;
  title: string;
}

export interface RuleSide {
  verdict: CheckVerdict | null;
  reason: string;
  alerts: FoundAlert[];
}

export interface FindingRow {
  rule: string;
  runs: Record<string, RuleSide>;
}

export interface Comparison {
  runs: ComparedRun[];
  reading: string;
  caveats: Caveat[];
  config: Differences;
  intent: Differences;
  environment: Differences;
  metrics: { shared: number; rows: MetricRow[]; alone: Record<string, number> };
  findings: FindingRow[];
}

/** What the server sends: the shapes of REST and of the live sockets, and a parser that trusts neither. */

export type RunState = "running" | "finished" | "failed" | "stalled" | "lost" | "stopped";
export type Kind = "nan" | "inf" | "-inf";
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Summary {
  last: number | null;
  last_step: number | null;
  min: number | null;
  max: number | null;
  count: number;
  nonfinite: number;
}

export interface Progress {
  step: number | null;
  total_steps: number | null;
  fraction: number | null;
  steps_per_s: number | null;
  eta_s: number | null;
}

export interface Intent {
  total_steps?: number;
  step_unit?: "batch" | "update";
  epochs?: number;
  steps_per_epoch?: number;
  accumulation?: number;
  schedule?: { kind?: string; warmup?: number; unit?: string };
  losses?: Record<string, { weight?: number; share?: number } | null>;
  components_are?: "raw" | "weighted";
}

export type Severity = "critical" | "warning" | "info";
export type CheckVerdict = "passing" | "pending" | "firing" | "not_checked";

/** A run at a glance; `through_step` is the step through which it is judged. */
export interface Health {
  verdict: "healthy" | "warning" | "critical" | "unknown";
  firing: Record<Severity, number>;
  checks: Record<CheckVerdict, number>;
  through_step: number | null;
}

/** How a rule stands for a run; `broken` is the error of one that failed. */
export interface Check {
  rule: string;
  verdict: CheckVerdict;
  reason: string;
  broken?: string;
}

/** A figure is a number, its name where it is not finite, or whatever else a rule names. */
export type Figures = Record<string, Json>;

/** `fit` in 0..1 says how well the cause, taken as true, predicts what was observed. */
export interface Cause {
  id: string;
  fit: number | null;
  explanation: string;
  evidence: Figures;
}

export interface Evidence {
  observed: Figures;
  expected: Figures;
  window: { from_step: number; to_step: number };
  keys: string[];
  formula: string;
}

/** What was found, with its life so far; one without a `parent` is an incident. Times are the trainer's. */
export interface Alert {
  id: string;
  run_id: string;
  rule: string;
  subject: string;
  parent: string | null;
  severity: Severity;
  state: "pending" | "firing" | "resolved";
  acknowledged: { by: string | null; note: string | null; at: number } | null;
  silenced_until: { at: number | null; step: number | null; by: string | null } | null;
  opened_step: number;
  opened_at: number;
  last_step: number;
  resolved_step: number | null;
  resolved_at: number | null;
  reason: string | null;
  title: string;
  evidence: Evidence;
  causes: Cause[];
  actions: string[];
  cannot_tell: string;
}

export interface Run {
  id: string;
  project: string | null;
  name: string | null;
  state: RunState;
  state_reason: string | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  last_event_at: number | null;
  intent?: Intent | null;
  tags?: string[] | null;
  group?: string | null;
  host?: Json;
  progress?: Progress | null;
  attempts?: { attempt: number; first_step: number | null; started_at: number | null }[] | null;
  spark?: (number | null)[] | null;
  summary?: Record<string, Summary> | null;
  roles?: Record<string, string> | null;
  update?: { done: number | null; total: number | null } | null;
  health?: Health | null;
  last_step?: number | null;
  stop_requested?: boolean;
  deleted?: boolean;
  deleted_at?: number | null;
  cursor?: string;
}

export interface NonfiniteRun {
  step: number;
  last_step: number;
  kind: Kind;
  count: number;
}

export interface SeriesView {
  count?: number;
  thinned?: boolean;
  step: number[];
  ts: number[];
  value: (number | null)[];
  min?: (number | null)[] | null;
  max?: (number | null)[] | null;
  nonfinite?: NonfiniteRun[];
  last?: { step: number; ts: number; value: number | null } | null;
  declared?: (number | null)[];
}

export interface RunEvent {
  id?: number | string;
  type: string;
  step: number | null;
  ts: number | null;
  component?: string;
  value?: string | number;
  action?: string;
  text?: string;
  path?: string;
  epoch?: number;
  [field: string]: unknown;
}

export interface RunSnapshot {
  run?: Run;
  events?: RunEvent[];
  series?: Record<string, SeriesView>;
  alerts?: Alert[];
  checks?: Check[];
  through_step?: number | null;
}

export interface PointsData {
  attempt: number;
  series: Record<string, SeriesView>;
}

export type Frame =
  | { type: "snapshot"; cursor: string | null; data: RunSnapshot & { runs?: RunPage | Run[] } }
  | { type: "points"; cursor: string | null; data: PointsData }
  | { type: "event"; cursor: string | null; data: RunEvent }
  | { type: "run"; cursor: string | null; data: Run }
  | { type: "alert"; cursor: string | null; data: Alert };

export interface Page<Item> {
  items: Item[];
  next: string | null;
}
/** A project with what its runs take, in bytes as they are stored. */
export interface Project {
  name: string;
  runs: number;
  bytes?: number | null;
  retention_days?: number | null;
  quota_bytes?: number | null;
}

export type RunPage = Page<Run>;
export type AlertPage = Page<Alert>;

export interface CheckPage extends Page<Check> {
  through_step: number | null;
  last_step: number | null;
  lag_s: number | null;
}

const FRAME_TYPES = new Set(["snapshot", "points", "event", "run", "alert"]);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A frame from its text; `null` for anything that this page does not know, which a later server may well send. */
export function parseFrame(text: string): Frame | null {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(frame) || !FRAME_TYPES.has(String(frame.type)) || !isRecord(frame.data)) return null;
  const cursor = typeof frame.cursor === "string" || typeof frame.cursor === "number" ? String(frame.cursor) : null;
  if (frame.type === "points" && !isRecord(frame.data.series)) return null;
  // The envelope is checked here; the fields inside are the server's promise, held by its contract tests.
  return { type: frame.type, cursor, data: frame.data } as Frame;
}

/** A frame's or answer's list of runs, whether it comes as a page or bare. */
export function runsOf(data: RunPage | Run[] | undefined): Run[] {
  if (data === undefined) return [];
  return Array.isArray(data) ? data : data.items;
}

/** A run told anew. Not every frame tells of every series: what is known of the others stays. */
export function mergeRun(before: Run | null, run: Run): Run {
  if (!before) return run;
  const summary = { ...before.summary, ...run.summary };
  return { ...before, ...run, summary, roles: { ...before.roles, ...run.roles } };
}

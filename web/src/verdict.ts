/** The verdict on a run as a person would say it; pure. */
import { aspectOf, incidentsOf, type Aspect, type Incident } from "./findings";
import { formatCount } from "./format";
import type { Alert, Run } from "./wire";

/** Judging that is further behind than this is said to be. */
const LAG_STEPS = 200;
/** So many further incidents are named. */
const MOST_NAMED = 3;

export interface Verdict {
  aspect: Aspect;
  sentence: string;
  /** What goes with it, in one line. */
  rest: string;
  /** The incident that the sentence is about. */
  about?: string;
}

const join = (parts: readonly string[]): string => parts.filter((part) => part !== "").join(" ");

export function verdictOf(run: Run, alerts: readonly Alert[]): Verdict {
  const aspect = aspectOf(run, alerts);
  const [first, ...others] = incidentsOf(alerts, "firing").filter((one) => one.severity !== "info");
  if (!first) return { aspect, ...(aspect === "critical" || aspect === "warning" ? counted(run) : calm(run, aspect)) };
  const total = run.progress?.total_steps;
  const since = `Since step ${formatCount(first.root.opened_step)}${total ? ` of ${formatCount(total)}` : ""}.`;
  return {
    aspect,
    sentence: `${first.root.title}.`,
    rest: join([since, more(others), lag(run)]),
    about: first.root.id,
  };
}

type Words = Pick<Verdict, "sentence" | "rest">;

/** What the run tells before its findings are here. */
function counted(run: Run): Words {
  const { critical = 0, warning = 0 } = run.health?.firing ?? {};
  const words = [
    critical > 0 ? `${formatCount(critical)} critical` : "",
    warning > 0 ? `${formatCount(warning)} warning` : "",
  ];
  return { sentence: `Findings: ${words.filter(Boolean).join(", ")}.`, rest: "" };
}

function calm(run: Run, aspect: Aspect): Words {
  const { checks, through_step: through = null, firing } = run.health ?? {};
  if (through === null || !checks) return unjudged(run);
  const missing = formatCount(checks.not_checked);
  if (aspect !== "healthy") {
    const rest = `None of ${missing} checks could be made: what to log for them stands under Checks.`;
    return { sentence: "Too little is logged to judge this run.", rest: join([rest, lag(run)]) };
  }
  const some = firing?.info ? `${formatCount(firing.info)} ${firing.info === 1 ? "note" : "notes"}.` : "";
  const made = `${formatCount(checks.passing)} checks pass through step ${formatCount(through)}`;
  const unmade = checks.not_checked > 0 ? `${made}; ${missing} could not be made.` : `${made}.`;
  return { sentence: "Nothing wrong can be seen.", rest: join([unmade, some, lag(run)]) };
}

function unjudged(run: Run): Words {
  if (run.ended_at !== null) return { sentence: "This run is not judged.", rest: "No rule has looked at it." };
  const isEmpty = run.progress?.step === null || run.progress?.step === undefined;
  return {
    sentence: "Not judged yet.",
    rest: isEmpty ? "No step is logged so far." : "The first steps are on their way.",
  };
}

const COUNTED = ["No", "One", "Two", "Three", "Four", "Five"];

function more(others: readonly Incident[]): string {
  if (others.length === 0) return "";
  const count = `${COUNTED[others.length] ?? formatCount(others.length)} more`;
  const named = others.slice(0, MOST_NAMED).map((one) => shortly(one.root));
  return `${count}: ${named.join("; ")}${others.length > MOST_NAMED ? "; …" : "."}`;
}

function lag(run: Run): string {
  const [through, last] = [run.health?.through_step, run.last_step];
  if (typeof through !== "number" || typeof last !== "number" || last - through <= LAG_STEPS) return "";
  return `Judged through step ${formatCount(through)} of ${formatCount(last)} so far.`;
}

/** `%` stands for what the finding is about. */
const SHORT: Record<string, string> = {
  "lr-schedule": "the learning rate leaves its schedule",
  "lr-exhausted": "the learning rate is zero",
  "lr-stuck": "the learning rate stands still",
  "lr-peak": "the peak of the learning rate is off",
  "step-accounting": "the declared counts contradict each other",
  "train-eval-scale": "train and eval loss are on different scales",
  "initial-loss": "the loss does not begin where it should",
  "loss-sum": "the components do not add up to the total",
  "loss-share": "the shares of the loss are off",
  "impossible-value": "% has an impossible value",
  nonfinite: "% was NaN or infinite",
  "nonfinite-masked": "a NaN in % is masked",
  "skipped-steps": "updates are skipped",
  "loss-spike": "% spikes",
  divergence: "% diverges",
  "grad-norm": "the gradient norm is off",
  "no-learning": "the model does not learn",
  "eval-frozen": "the eval stands still",
  "no-op-update": "the updates change nothing",
  overfitting: "eval rises while train falls",
  plateau: "the eval has stopped moving",
  "off-target": "a target is missed",
  throughput: "the steps have become slower",
  "memory-growth": "memory grows",
  stall: "the run is silent",
  "resume-jump": "it jumps where it was resumed",
  instrument: "steps or times are out of order",
};

/** A finding in a few words; a rule of one's own is called by its name. */
export function shortly({ rule, subject }: Pick<Alert, "rule" | "subject">): string {
  return (SHORT[rule] ?? rule).replace("%", subject === "run" ? "a value" : subject);
}

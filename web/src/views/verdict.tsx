/** What is known of a run at a glance: the verdict in a sentence, and how the run stands. */
import { actionWords, componentName, kindOf } from "../chart/nonfinite";
import { formatAge, formatCount, times } from "../format";
import { KIND_WORDS } from "../series";
import { now } from "../state";
import { verdictOf } from "../verdict";
import type { Alert, Run, RunEvent } from "../wire";
import { Signal } from "./state-pill";
import { Worded } from "./worded";

/** A sentence as a part of another, not a book; a name such as ValueError keeps its capital. */
const asClause = (text: string): string =>
  text
    .replace(/^(.{300}).+/s, "$1…")
    .replace(/\.$/, "")
    .replace(/^[A-Z][a-z]* /, (word) => word.toLowerCase());

/** The state in a sentence that a person would say. */
export function stateSentence(run: Run, time: number): string {
  const { step, total_steps: total } = run.progress ?? {};
  const at = step === null || step === undefined ? "" : ` at step ${formatCount(step)}`;
  const of = at !== "" && total ? ` of ${formatCount(total)}` : "";
  const why = run.state_reason ? `: ${asClause(run.state_reason)}` : "";
  const heard = formatAge(run.last_event_at, time);
  switch (run.state) {
    case "running":
      return `${run.stop_requested ? "Asked to stop, still running" : "Running"}${at}${of}.`;
    case "finished":
      return `Finished${at}${of}${why}.`;
    case "failed":
      return `Failed${at}${of}${why}.`;
    case "stopped":
      return `Stopped${at}${of}${why}.`;
    case "stalled":
      return `Stalled${at}${of}${why || ": the trainer is alive but logs nothing"}; last event ${heard}.`;
    case "lost":
      return `Lost${at}${of}${why || ": the trainer fell silent"}; last event ${heard}.`;
  }
}

/** Non-finite values, by component and kind: from what the trainer reported, and from the series themselves. */
export function nonfiniteSentences(run: Run, events: readonly RunEvent[]): string[] {
  const counts = new Map<string, { words: string; count: number; step: number | null; action: string }>();
  for (const event of events) {
    if (event.type !== "nonfinite") continue;
    const name = componentName(event.component ?? "a value");
    const action = actionWords(event.action);
    const id = `${name} ${kindOf(event.value)} ${action}`;
    const known = counts.get(id);
    if (known) known.count += 1;
    else
      counts.set(id, { words: `${name} was ${KIND_WORDS[kindOf(event.value)]}`, count: 1, step: event.step, action });
  }
  const told = new Set([...counts.keys()].map((id) => id.split(" ")[0]));
  const sentences = [...counts.values()].map(({ words, count, step, action }) => {
    const where = count === 1 && step !== null ? ` at step ${formatCount(step)}` : "";
    return `${words} ${times(count)}${where}${action ? ` (${action})` : ""}`;
  });
  for (const [key, { nonfinite }] of Object.entries(run.summary ?? {})) {
    if (nonfinite > 0 && !told.has(componentName(key))) sentences.push(`${key} was not finite ${times(nonfinite)}`);
  }
  return sentences;
}

const isAlive = (run: Run): boolean => run.state === "running" || run.state === "stalled";

interface VerdictProps {
  run: Run;
  events: readonly RunEvent[];
  alerts: readonly Alert[];
  /** Shows the incident that the sentence is about. */
  onShow: (id: string) => void;
}

/** The verdict first: what is wrong, or that nothing is; beside it how the run stands. */
export function Verdict({ run, events, alerts, onShow }: VerdictProps) {
  const { aspect, sentence, rest, about } = verdictOf(run, alerts);
  const isJudged = typeof run.health?.through_step === "number" || alerts.length > 0;
  const seen = isJudged ? [] : nonfiniteSentences(run, events).map((one) => `${one}.`);
  const shown = [rest, ...seen].join(" ");
  return (
    <section class={`verdict ${aspect} ${run.state}${isAlive(run) ? " alive" : ""}`} aria-label="Verdict">
      <Signal aspect={aspect} />
      <div>
        <h2>
          <Worded text={sentence} />
        </h2>
        <p title={shown}>{shown}</p>
      </div>
      <p class="standing">
        {stateSentence(run, now.value)}
        {about !== undefined && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              onShow(about);
            }}
          >
            Show the incident
          </button>
        )}
      </p>
    </section>
  );
}

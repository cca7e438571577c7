/** Trying a rule beside its form: on which runs, when it would have fired there, and where on the curve. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { formatCount } from "../format";
import { nameOf } from "../roles";
import { textAt } from "../rulebook/draft";
import { chooseRuns, chosen } from "../rulebook/chosen";
import type { Editor } from "../rulebook/editor";
import { differenceWords, Trials, type Tried } from "../rulebook/trials";
import type { Firing } from "../rulebook/wire";
import { runHref } from "../route";
import { query } from "../state";
import { TriedCurve } from "./rules-curve";
import { ChosenRuns } from "./rules-runs";
import { Mark } from "./severity";

const SHOWN = 6;

export function Trial({ editor }: { editor: Editor }) {
  const trials = useMemo(() => new Trials(), []);
  const [stopped, setStopped] = useState("");
  useEffect(() => {
    const project = editor.rule.peek()?.scope.project ?? null;
    chooseRuns(query.peek().getAll("try"), query.peek().get("run"), project).catch(() => {
      chosen.value = [];
    });
    return () => {
      trials.stop();
    };
  }, []);
  const start = (): void => {
    const told = editor.toTry();
    if (told === null) return;
    setStopped("");
    const saved = typeof told === "string" ? null : (editor.rule.peek()?.id ?? null);
    trials.run({ told, saved, draft: editor.draft.peek(), runs: chosen.peek() ?? [] }).catch((fault: unknown) => {
      editor.refused(fault);
    });
  };
  const busy = trials.busy.value;
  const stop = (): void => {
    setStopped(`Stopped after ${trials.results.value.length} of ${busy?.of ?? 0} runs.`);
    trials.stop();
  };
  return (
    <section class="rule-trial" aria-label="Try it on recorded runs">
      <div class="rule-try">
        <h2>Try it on recorded runs</h2>
        <button type="button" onClick={busy ? stop : start} disabled={!busy && (chosen.value ?? []).length === 0}>
          {busy ? "Stop" : "Try"}
        </button>
        <span role="status">{busy ? `Trying on ${busy.name}, ${busy.done + 1} of ${busy.of}…` : stopped}</span>
      </div>
      <p class="dim">It is judged by what judges live runs, each run from its beginning. Nothing of it is kept.</p>
      <ChosenRuns />
      <Results editor={editor} trials={trials} />
    </section>
  );
}

function Results({ editor, trials }: { editor: Editor; trials: Trials }) {
  const results = trials.results.value;
  const draft = editor.draft.value;
  if (results.length === 0) return null;
  const isOld = trials.draft.value !== null && trials.draft.value !== JSON.stringify(draft);
  const bound = Number(textAt(draft, "value"));
  // A bound can be drawn where it is held against the series itself.
  const isDrawn =
    editor.isOwn.value && !draft.absent && textAt(draft, "over") === "" && textAt(draft, "reduce") !== "slope";
  return (
    <div class={`rule-tried ${isOld ? "is-old" : ""}`}>
      <p class="rule-sum" role="status">
        {sumWords(results)}
        {isOld && " This is of the rule as it was written then: try it again."}
      </p>
      {results.map((tried) => (
        <TriedRun key={tried.run.id} tried={tried} bound={isDrawn && textAt(draft, "value") !== "" ? bound : null} />
      ))}
    </div>
  );
}

function sumWords(results: readonly Tried[]): string {
  const fired = results.filter((one) => one.fired.length > 0).length;
  const runs = results.length === 1 ? "1 run" : `${results.length} runs`;
  return fired === 0 ? `It would never have fired in ${runs}.` : `It would have fired in ${fired} of ${runs}.`;
}

function TriedRun({ tried, bound }: { tried: Tried; bound: number | null }) {
  const { run, fired, saved } = tried;
  const [isAll, setAll] = useState(false);
  const shown = isAll ? fired : fired.slice(0, SHOWN);
  return (
    <article class="rule-one" aria-label={nameOf(run)}>
      <h3>
        <a href={runHref(run.id)}>{nameOf(run)}</a>
        <span class="dim">{fired.length === 0 ? "never" : fired.length === 1 ? "once" : `${fired.length} times`}</span>
      </h3>
      <TriedCurve tried={tried} bound={bound} />
      {shown.length > 0 && (
        <ul>
          {shown.map((one) => (
            <FiringLine
              key={`${one.subject} ${one.step}`}
              run={run.id}
              one={one}
              last={tried.series?.step.at(-1) ?? one.step}
            />
          ))}
        </ul>
      )}
      {shown.length < fired.length && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            setAll(true);
          }}
        >
          {fired.length - shown.length} more
        </button>
      )}
      {saved !== null && <p class="dim">{differenceWords(fired, saved)}</p>}
    </article>
  );
}

/** The run looked at around a step: some on either side, so that it is seen in its place. */
const aroundHref = (run: string, step: number, last: number): string => {
  const room = Math.max(20, Math.round(last / 20));
  return runHref(run, { from: String(Math.max(0, step - room)), to: String(step + room) });
};

function FiringLine({ run, one, last }: { run: string; one: Firing; last: number }) {
  const until = one.resolved_step === null ? "to the end" : `until step ${formatCount(one.resolved_step)}`;
  return (
    <li>
      <span class={`severity ${one.severity}`}>
        <Mark severity={one.severity} /> {one.severity}
      </span>{" "}
      <a href={aroundHref(run, one.step, last)}>step {formatCount(one.step)}</a> <span class="dim">{until}</span>
      <br />
      {one.title}
    </li>
  );
}

/** The facts about a run, and what a person may write on it: its name, its tags, its notes. */
import type { ComponentChildren } from "preact";
import { patchRun, type RunChange } from "../../api-details";
import { wordsOf } from "../../api";
import { commitOf, hostWords, type WholeRun } from "../../details/facts";
import { formatCount, formatDuration } from "../../format";
import { say, sayFault } from "../../notice";
import { nameOf } from "../../roles";
import type { RunStore } from "../../run";
import { now } from "../../state";
import { NameField, NotesField, TagsField } from "./edit";
import { Ago, copy, timeWords } from "./parts";

export function About({ store }: { store: RunStore }) {
  const run: WholeRun | null = store.run.value;
  if (!run) return null;
  const change = (changes: RunChange, before: RunChange, words: string): Promise<boolean> =>
    patchRun(run.id, changes).then(
      (told) => {
        store.setRun(told);
        say(words, () => void change(before, changes, "That is taken back."));
        return true;
      },
      (fault: unknown) => {
        sayFault(wordsOf(fault));
        return false;
      },
    );
  return (
    <div class="about">
      <div class="written">
        <NameField
          name={nameOf(run)}
          save={(name) => change({ name }, { name: nameOf(run) }, `The run is called ${name} now.`)}
        />
        <TagsField
          tags={run.tags ?? []}
          save={(tags) => change({ tags }, { tags: run.tags ?? [] }, "The tags are saved.")}
        />
        <NotesField
          notes={run.notes ?? ""}
          save={(notes) => change({ notes }, { notes: run.notes ?? "" }, "The notes are saved.")}
        />
      </div>
      <FactList run={run} />
    </div>
  );
}

function FactList({ run }: { run: WholeRun }) {
  const commit = commitOf(run.config);
  const host = hostWords(run.host);
  return (
    <dl class="known">
      <Fact name="Id">
        <Copied text={run.id} what="the id" />
      </Fact>
      <Fact name="Project">{run.project ?? "–"}</Fact>
      {run.group ? <Fact name="Group">{run.group}</Fact> : null}
      {host !== "" && <Fact name="Host">{host}</Fact>}
      {commit !== null && (
        <Fact name="Commit">
          <Copied text={commit} what="the commit" />
        </Fact>
      )}
      <Fact name="Started">{run.started_at === null ? "–" : <When ts={run.started_at} />}</Fact>
      <Fact name={run.ended_at === null ? "Last event" : "Ended"}>
        <When ts={run.ended_at ?? run.last_event_at} />
      </Fact>
      <Fact name="Duration">
        <Lasted run={run} />
      </Fact>
      <Fact name="Last step">{formatCount(run.last_step)}</Fact>
      <Fact name="Series">{formatCount(Object.keys(run.summary ?? {}).length)}</Fact>
      <Attempts run={run} />
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  const onClick = (): void => {
    copy(text, what);
  };
  return (
    <>
      <code>{text}</code>{" "}
      <button type="button" class="quiet" aria-label={`Copy ${what}`} onClick={onClick}>
        Copy
      </button>
    </>
  );
}

function When({ ts }: { ts: number | null }) {
  if (ts === null) return <>–</>;
  return (
    <>
      {timeWords(ts)}{" "}
      <small>
        <Ago ts={ts} />
      </small>
    </>
  );
}

/** Apart from the rest: each second it moves, and only it. */
function Lasted({ run }: { run: WholeRun }) {
  const from = run.started_at;
  return <>{from === null ? "–" : formatDuration((run.ended_at ?? now.value) - from)}</>;
}

function Attempts({ run }: { run: WholeRun }) {
  const attempts = run.attempts ?? [];
  if (attempts.length < 2) return null;
  return (
    <Fact name="Attempts">
      <ol>
        {attempts.map(({ attempt, first_step: first, started_at: at }) => (
          <li key={attempt}>
            {first === null ? "no step yet" : `from step ${formatCount(first)}`}, {at === null ? "" : <Ago ts={at} />}
          </li>
        ))}
      </ol>
    </Fact>
  );
}

/** The incidents of one run in the inbox, a line each; arrows walk the lines, space selects one. */
import { useState } from "preact/hooks";
import { aspectOf, type Incident } from "../findings";
import { formatAge, formatCount } from "../format";
import type { Group } from "../inbox/arrange";
import type { Hands } from "../inbox/hands";
import type { InboxStore } from "../inbox/store";
import { aliveIn, seenWords, silentWords, sinceWords } from "../inbox/words";
import { mutedWords, muteOf, mutes } from "../mutes";
import { nameOf } from "../roles";
import { alertHref, runHref } from "../route";
import { now } from "../state";
import type { Alert, Run } from "../wire";
import { InShort } from "./alerts-short";
import { SeverityOf } from "./severity";
import { Signal, StatePill } from "./state-pill";
import { Worded } from "./worded";

const links = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(".inbox a.open")];

/** The root whose line holds the focus. */
export const focusedId = (): string | null =>
  document.activeElement?.closest<HTMLElement>(".inbox li[data-alert]")?.dataset.alert ?? null;

/** Arrows move between the lines and unfold them; space selects. Fields and buttons keep their keys. */
export function walk(event: KeyboardEvent, hands: Hands): void {
  const id = focusedId();
  if (!(event.target instanceof HTMLAnchorElement) || id === null) return;
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = links();
  if (move !== undefined) all[all.indexOf(event.target) + move]?.focus();
  else if (event.key === " ") hands.choose(id);
  else if (event.key === "ArrowRight" || event.key === "ArrowLeft")
    event.target
      .closest("li")
      ?.querySelector<HTMLElement>(`[aria-expanded="${event.key === "ArrowLeft"}"]`)
      ?.click();
  else return;
  event.preventDefault();
}

export function GroupOf({ group, store, hands }: { group: Group; store: InboxStore; hands: Hands }) {
  const run = store.runs.value.get(group.runId);
  const name = run ? nameOf(run) : group.runId;
  return (
    <section class="card" aria-label={name}>
      <header>
        {run && <Signal small aspect={aspectOf(run)} />}
        <h2>
          <a href={runHref(group.runId)}>{name}</a>
        </h2>
        {run && <span class="dim project">{run.project}</span>}
        {run && <StatePill state={run.state} reason={run.state_reason} />}
        {run && <Age run={run} />}
      </header>
      <ul>
        {group.incidents.map((one) => (
          <Line key={one.root.id} incident={one} run={run} hands={hands} />
        ))}
      </ul>
    </section>
  );
}

/** Apart from its group: each second it moves, and only it. */
function Age({ run }: { run: Run }) {
  const words = formatAge(run.last_event_at, now.value);
  return <small class="headline">{aliveIn(run) ? `last event ${words}` : words}</small>;
}

interface LineProps {
  incident: Incident;
  run: Run | undefined;
  hands: Hands;
}

function Line({ incident: { root, follows, severity }, run, hands }: LineProps) {
  const [isOpen, setOpen] = useState(false);
  const isOver = root.state === "resolved";
  const unfold = (): void => {
    setOpen(!isOpen);
  };
  return (
    <li data-alert={root.id} class={isOver ? "over" : undefined}>
      <input
        type="checkbox"
        aria-label={`Select: ${root.title}`}
        checked={hands.selected.value.has(root.id)}
        onChange={() => {
          hands.choose(root.id);
        }}
      />
      <SeverityOf severity={severity} rule={root.rule} isOver={isOver} />
      <a class="open" href={alertHref(root.run_id, root.id)}>
        <Worded text={root.title} />
      </a>
      <button type="button" class="quiet fold" aria-expanded={isOpen} onClick={unfold}>
        <span class="unseen">Evidence: {root.rule} </span>
        {follows.length > 0 && (
          <span title={`Explains ${formatCount(follows.length)} more`}>+{formatCount(follows.length)} </span>
        )}
        <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span>
      </button>
      <Told alert={root} run={run} />
      <Hand alert={root} hands={hands} />
      {isOpen && <InShort root={root} follows={follows} project={run?.project} />}
    </li>
  );
}

function Told({ alert, run }: { alert: Alert; run: Run | undefined }) {
  const time = now.value;
  const mute = muteOf(mutes.value, alert.rule, run?.project, time);
  const handled = [
    seenWords(alert),
    silentWords(alert, time, run?.last_step),
    mute ? mutedWords(mute, time) : "",
  ].filter(Boolean);
  return (
    <p class="told">
      <span>{sinceWords(alert, time)}</span>
      {handled.length > 0 && <span title={handled.join("; ")}>{handled.join("; ")}</span>}
    </p>
  );
}

function Hand({ alert, hands }: { alert: Alert; hands: Hands }) {
  return (
    <span class="hand">
      <button
        type="button"
        class="quiet"
        aria-label={`Acknowledge: ${alert.rule}`}
        disabled={alert.acknowledged !== null}
        onClick={() => {
          hands.acknowledge([alert]);
        }}
      >
        Acknowledge
      </button>
      <button
        type="button"
        class="quiet"
        aria-label={`Silence: ${alert.rule}`}
        onClick={() => {
          hands.ask("silence", [alert]);
        }}
      >
        Silence…
      </button>
    </span>
  );
}

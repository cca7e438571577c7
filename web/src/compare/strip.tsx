/** The runs that are compared, each with its stroke: which is the base, in which order, and away with it. */
import { say } from "../notice";
import { runHref } from "../route";
import { goWith } from "../state";
import { Signal, StatePill } from "../views/state-pill";
import { movedRun, withoutRun, type Place } from "./place";
import { Swatch } from "./swatch";
import type { Stroke } from "./strokes";
import type { ComparedRun } from "./wire";

interface Props {
  place: Place;
  labels: ReadonlyMap<string, string>;
  strokes: ReadonlyMap<string, Stroke>;
  runs: readonly ComparedRun[];
}

export function Strip(props: Props) {
  return (
    <ol class="strip" aria-label="Runs compared">
      {props.place.runs.map((id) => (
        <Chip key={id} id={id} {...props} />
      ))}
    </ol>
  );
}

function remove(place: Place, id: string, label: string): void {
  const { runs, base, hidden } = place;
  goWith(withoutRun(place, id), true);
  say(`${label} is no longer compared.`, () => {
    goWith({ run: [...runs], base, hide: [...hidden] });
  });
}

function Chip({ id, place, labels, strokes, runs }: Props & { id: string }) {
  const run = runs.find((one) => one.id === id);
  const label = labels.get(id) ?? id;
  const isBase = place.base === id;
  const at = place.runs.indexOf(id);
  return (
    <li class={isBase ? "chip base" : "chip"}>
      <Swatch stroke={strokes.get(id)} />
      <Signal aspect={run?.health.verdict ?? "unknown"} small />
      <a class="chip-name" href={runHref(id)} title={id}>
        {label}
      </a>
      <span class="chip-state">{run && <StatePill state={run.state} reason={run.state_reason} />}</span>
      <span class="chip-actions">
        <button
          type="button"
          class="quiet"
          aria-pressed={isBase}
          onClick={() => {
            goWith({ base: id });
          }}
        >
          {isBase ? "base" : "make base"}
          <span class="unseen"> {label}</span>
        </button>
        <Move id={id} label={label} place={place} by={-1} isOff={at === 0} />
        <Move id={id} label={label} place={place} by={1} isOff={at === place.runs.length - 1} />
        <button
          type="button"
          class="quiet"
          aria-label={`Remove ${label}`}
          onClick={() => {
            remove(place, id, label);
          }}
        >
          ✕
        </button>
      </span>
    </li>
  );
}

interface MoveProps {
  id: string;
  label: string;
  place: Place;
  by: -1 | 1;
  isOff: boolean;
}

function Move({ id, label, place, by, isOff }: MoveProps) {
  return (
    <button
      type="button"
      class="quiet"
      disabled={isOff}
      aria-label={`Move ${label} ${by < 0 ? "left" : "right"}`}
      onClick={() => {
        goWith(movedRun(place, id, by));
      }}
    >
      {by < 0 ? "←" : "→"}
    </button>
  );
}

/** The overlays: how to look at them, then charts by role and the other series in groups; loaded after the differences. */
import { useEffect, useMemo, useState } from "preact/hooks";
import "../styles/charts.css";
import { loadPlot } from "../chart/plot";
import { useCommands } from "../commands";
import { goWith, query } from "../state";
import { Card } from "./card";
import { groupsOf, type Group, type Overlay } from "./charts";
import { AXES, MANNERS, placeOf, type Place } from "./place";
import { tokenKeys, type CompareStore } from "./store";
import { AS_WORDS, AT_WORDS, NO_TOKENS } from "./words";
import type { Stroke } from "./strokes";

/** So many charts of a group stand there at first. */
const FIRST = 12;

interface Props {
  store: CompareStore;
  labels: ReadonlyMap<string, string>;
  strokes: ReadonlyMap<string, Stroke>;
}

export default function BoardOf(props: Props) {
  const { store } = props;
  const [state, setState] = useState<"loading" | "ready" | "failed">("loading");
  useEffect(() => {
    loadPlot().then(
      () => {
        setState("ready");
      },
      () => {
        setState("failed");
      },
    );
  }, []);
  const comparison = store.comparison.value;
  const groups = useMemo(() => groupsOf(comparison?.metrics.rows ?? []), [comparison]);
  if (state === "failed") return <p class="note">The charts could not be loaded. Reload the page to try again.</p>;
  if (!comparison) return null;
  const { shared, rows } = comparison.metrics;
  return (
    <section class="board">
      <h2 id="overlays">Charts</h2>
      {groups.length === 0 && <p>These runs have no series in common.</p>}
      {groups.length > 0 && <Toolbar store={store} labels={props.labels} />}
      {groups.map((group) => (
        <GroupOf key={group.name} group={group} ready={state === "ready"} {...props} />
      ))}
      {shared > rows.length && (
        <p class="note">
          The first {rows.length} of {shared} series are shown.
        </p>
      )}
    </section>
  );
}

function GroupOf({ group, ...props }: Props & { group: Group; ready: boolean }) {
  const [all, setAll] = useState(false);
  const shown = all ? group.overlays : group.overlays.slice(0, FIRST);
  const rest = group.overlays.length - shown.length;
  const card = (overlay: Overlay) => <Card key={overlay.id} overlay={overlay} {...props} />;
  return (
    <section>
      {group.name !== "" && <h3 class="group-name">{group.name}</h3>}
      <div class={group.name === "" ? "charts" : "charts small"}>{shown.map(card)}</div>
      {rest > 0 && (
        <button
          type="button"
          class="more"
          onClick={() => {
            setAll(true);
          }}
        >
          {rest} more of {group.name}
        </button>
      )}
    </section>
  );
}

function Toolbar({ store, labels }: Pick<Props, "store" | "labels">) {
  const place = placeOf(query.value);
  const without = place.runs.filter((id) => tokenKeys(store.comparison.value)[id] === undefined);
  const noTokens = without.length === place.runs.length;
  useCommands(() => commandsOf(noTokens), [noTokens]);
  return (
    <>
      <div class="toolbar" role="group" aria-label="How to look at the charts">
        <div class="choice" role="group" aria-label="At equal">
          <span class="dim">At equal</span>{" "}
          {AXES.map((at) => (
            <button
              type="button"
              key={at}
              aria-pressed={place.at === at}
              disabled={at === "tokens" && noTokens}
              title={at === "tokens" && noTokens ? NO_TOKENS : undefined}
              onClick={() => {
                goWith({ at: at === "step" ? null : at });
              }}
            >
              {AT_WORDS[at]}
            </button>
          ))}
        </div>
        <div class="choice" role="group" aria-label="Show">
          <span class="dim">Show</span>{" "}
          {MANNERS.map((as) => (
            <button
              type="button"
              key={as}
              aria-pressed={place.as === as}
              onClick={() => {
                goWith({ as: as === "values" ? null : as });
              }}
            >
              {AS_WORDS[as]}
            </button>
          ))}
        </div>
        <BaseOf place={place} labels={labels} />
      </div>
      <p class="dim toolbar-words">{wordsFor(place, noTokens, without, labels)}</p>
    </>
  );
}

function BaseOf({ place, labels }: { place: Place; labels: ReadonlyMap<string, string> }) {
  return (
    <label class="choice">
      <span class="dim">Base</span>{" "}
      <select
        value={place.base ?? ""}
        onChange={(event) => {
          goWith({ base: event.currentTarget.value });
        }}
      >
        {place.runs.map((id) => (
          <option key={id} value={id}>
            {labels.get(id)}
          </option>
        ))}
      </select>
    </label>
  );
}

const AT_MEANS = {
  step: "Steps as each run counts them.",
  time: "Seconds since each run began.",
  tokens: "Tokens that each run has seen.",
};

function wordsFor(
  { at, as }: Place,
  noTokens: boolean,
  without: readonly string[],
  labels: ReadonlyMap<string, string>,
): string {
  const parts = [AT_MEANS[at]];
  if (as !== "values")
    parts.push(
      "Between logged points the base is taken straight on; beyond the shorter run nothing is drawn. Curves of many points end as smoothed.",
    );
  if (noTokens) parts.push(NO_TOKENS);
  else if (at === "tokens" && without.length > 0) {
    parts.push(`Not on this axis, for want of train/tokens: ${without.map((id) => labels.get(id)).join(", ")}.`);
  }
  return parts.join(" ");
}

const commandsOf = (noTokens: boolean) => [
  ...AXES.filter((at) => !(at === "tokens" && noTokens)).map((at) => ({
    id: `compare-at-${at}`,
    title: `Compare at equal ${AT_WORDS[at]}`,
    group: "Compare",
    act: () => {
      goWith({ at });
    },
  })),
  ...MANNERS.map((as) => ({
    id: `compare-as-${as}`,
    title: `Show the ${AS_WORDS[as]}`,
    group: "Compare",
    act: () => {
      goWith({ as });
    },
  })),
];

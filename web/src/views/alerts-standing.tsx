/** How the inbox stands in one line: how much it shows, what is selected, what waits, or why it is empty. */
import { formatCount } from "../format";
import { changesOf, EVERYTHING, isNarrowed, type InboxFilter } from "../inbox/filter";
import type { Hands } from "../inbox/hands";
import type { InboxStore } from "../inbox/store";
import { incidentCount } from "../inbox/words";
import { goWith } from "../state";
import { shortly } from "../verdict";

interface StandingProps {
  store: InboxStore;
  hands: Hands;
  filter: InboxFilter;
}

export function Standing({ store, hands, filter }: StandingProps) {
  const groups = store.groups.value;
  const fault = store.fault.value;
  if (fault) return <Fault words={fault.message} store={store} filter={filter} />;
  if (!store.loaded.value) return <p class="note">Loading the incidents…</p>;
  if (groups.length === 0) return <Nothing store={store} filter={filter} />;
  const count = groups.reduce((sum, group) => sum + group.incidents.length, 0);
  const runs = groups.length === 1 ? "one run" : `${formatCount(groups.length)} runs`;
  const held = store.held.value;
  const release = (): void => {
    store.release();
  };
  return (
    <div class="standing-line">
      {hands.selected.value.size > 0 ? (
        <Selected hands={hands} />
      ) : (
        <span class="dim">
          {incidentCount(count)} in {runs}
        </span>
      )}
      <span class="push" role="status">
        {held.length > 0 && (
          <button type="button" class="new" onClick={release} title={held.map((one) => shortly(one.root)).join("; ")}>
            {formatCount(held.length)} new: show
          </button>
        )}
      </span>
    </div>
  );
}

function Selected({ hands }: { hands: Hands }) {
  const chosen = hands.chosen();
  return (
    <span class="chosen">
      <b>{formatCount(chosen.length)} selected</b>
      <button
        type="button"
        onClick={() => {
          hands.acknowledge();
        }}
      >
        Acknowledge
      </button>
      <button
        type="button"
        onClick={() => {
          hands.ask("note");
        }}
      >
        With a note…
      </button>
      <button
        type="button"
        onClick={() => {
          hands.ask("silence");
        }}
      >
        Silence…
      </button>
      <button type="button" class="quiet" onClick={hands.clear}>
        Clear
      </button>
    </span>
  );
}

function Fault({ words, store, filter }: { words: string; store: InboxStore; filter: InboxFilter }) {
  const again = (): void => {
    store.show(filter);
  };
  return (
    <p class="note" role="alert">
      {words}{" "}
      <button type="button" onClick={again}>
        Try again
      </button>
    </p>
  );
}

/** Nothing to show is the best news there is, or a filter that is too narrow. */
function Nothing({ store, filter }: { store: InboxStore; filter: InboxFilter }) {
  if (isNarrowed(filter)) {
    const clear = (): void => {
      goWith(changesOf({ ...EVERYTHING, state: filter.state }), true);
    };
    return (
      <p class="note">
        No incident answers to these filters.{" "}
        <button type="button" onClick={clear}>
          Clear the filters
        </button>
      </p>
    );
  }
  return <p class="note">{nothingWords(filter, store.alive.value)}</p>;
}

export function nothingWords({ state }: Pick<InboxFilter, "state">, alive: number | null): string {
  if (state === "resolved") return "No incident was resolved so far.";
  if (state === "all") return "No incident was found so far, in no run.";
  if (alive === null) return "Nothing is wrong.";
  if (alive === 0) return "Nothing is wrong: no run is live. What is over stands under Resolved.";
  return `Nothing is wrong in ${alive === 1 ? "the one live run" : `${formatCount(alive)} live runs`}.`;
}

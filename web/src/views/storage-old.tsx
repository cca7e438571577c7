/** Deletes the runs of a project that ended long ago: how many that are is said before anything goes. */
import { useState } from "preact/hooks";
import { runsIn } from "../runs/bulk";
import { Hands } from "../runs/hands";
import type { RunsStore } from "../runs/store";
import { now } from "../state";
import type { Run } from "../wire";
import { Modal } from "./runs-ask";

const DAY_S = 86_400;
const USUAL_DAYS = 30;
const ENDED = new Set(["finished", "failed", "stopped"]);

/** The ended runs of a project that ended more than so many days before a moment. */
export function oldRuns(runs: readonly Run[], project: string, days: number, moment: number): string[] {
  const horizon = moment - days * DAY_S;
  const isOld = (run: Run): boolean =>
    run.project === project && ENDED.has(run.state) && (run.ended_at ?? Infinity) < horizon;
  return runs.filter(isOld).map(({ id }) => id);
}

export function OldRuns({ project, store }: { project: string; store: RunsStore }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-label={`Delete old runs of ${project}…`}
        onClick={() => {
          setOpen(true);
        }}
      >
        Delete old runs…
      </button>
      {isOpen && (
        <Question
          project={project}
          store={store}
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </>
  );
}

function Question({ project, store, onClose }: { project: string; store: RunsStore; onClose: () => void }) {
  const [days, setDays] = useState(USUAL_DAYS);
  const ids = Number.isFinite(days) ? oldRuns(store.runs(), project, days, now.peek()) : [];
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    onClose();
    if (ids.length > 0) void new Hands(store).remove(ids, true);
  };
  return (
    <Modal title={`Delete old runs of ${project}`} onClose={onClose}>
      <form onSubmit={onSubmit}>
        <p class="field">
          <label for="old-days">Ended more than this many days ago</label>
          <input
            id="old-days"
            type="number"
            min="0"
            step="any"
            required
            value={days}
            onInput={(event) => {
              setDays(event.currentTarget.valueAsNumber);
            }}
          />
        </p>
        <p role="status">
          {store.whole.value ? "" : "The runs are still being loaded: so far "}
          {ids.length === 0 ? "no run ended so long ago." : `${runsIn(ids.length)} ended so long ago.`} They can be
          restored for seven days.
        </p>
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="danger" disabled={ids.length === 0}>
            {ids.length === 0 ? "Delete" : `Delete ${runsIn(ids.length)}`}
          </button>
        </div>
      </form>
    </Modal>
  );
}

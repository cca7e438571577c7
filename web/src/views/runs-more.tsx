/** What comes after the first rows of the list: what narrows it, the bar of what is selected, and the foot. */
import "../styles/runs-more.css";
import { compareHref, runsHref } from "../route";
import { runsIn } from "../runs/bulk";
import type { Wish } from "../runs/arrange";
import { isAlive } from "../runs/entry";
import { Hands } from "../runs/hands";
import type { RunsStore } from "../runs/store";
import { ask, Asked } from "./runs-ask";
import { TagButton } from "./runs-tags";
import { Tools } from "./runs-tools";
import { Storage } from "./storage";

export { Commands } from "./runs-commands";
export { GroupRow } from "./runs-group";
export { Keys } from "./runs-keys";

/** What is selected takes the place of what narrows the list, so that nothing moves. */
export function Bar({ store, wish }: { store: RunsStore; wish: Wish }) {
  return store.selected.value.size > 0 ? <Chosen store={store} /> : <Tools store={store} wish={wish} />;
}

function Chosen({ store }: { store: RunsStore }) {
  const ids = [...store.selected.value];
  const hands = new Hands(store);
  return (
    <div class="tools chosen" role="group" aria-label="The selected runs">
      <b role="status">{runsIn(ids.length)} selected</b>
      {store.deleted ? <DeletedActions ids={ids} hands={hands} /> : <Actions ids={ids} store={store} hands={hands} />}
      <button
        type="button"
        class="quiet push"
        onClick={() => {
          store.choose(new Set());
        }}
      >
        Select nothing
      </button>
    </div>
  );
}

function Actions({ ids, store, hands }: { ids: string[]; store: RunsStore; hands: Hands }) {
  const alive = ids.filter((id) => isAliveIn(store, id));
  return (
    <>
      {ids.length > 1 && (
        <a class="button" href={compareHref(ids)}>
          Compare
        </a>
      )}
      <TagButton ids={ids} store={store} hands={hands} />
      {alive.length > 0 && (
        <button
          type="button"
          onClick={() => {
            askToStop(alive, ids.length, hands);
          }}
        >
          Stop
        </button>
      )}
      <button
        type="button"
        class="danger"
        onClick={() => {
          askToDelete(ids, alive, hands);
        }}
      >
        Delete
      </button>
    </>
  );
}

function isAliveIn(store: RunsStore, id: string): boolean {
  const run = store.run(id);
  return run !== undefined && isAlive(run);
}

function askToStop(alive: readonly string[], all: number, hands: Hands): void {
  const others = all - alive.length;
  const rest = others > 0 ? ` The other ${others === 1 ? "one has" : `${others} have`} ended already.` : "";
  ask({
    title: `Stop ${runsIn(alive.length)}?`,
    words: `The trainers are told with their next batch and end at their next look at should_stop. What is logged stays.${rest}`,
    answers: [{ label: "Stop", act: () => void hands.stop(alive) }],
  });
}

/** What has ended goes at once, for it can be brought back; what still trains is asked for. */
function askToDelete(ids: readonly string[], alive: readonly string[], hands: Hands): void {
  if (alive.length === 0) {
    void hands.remove(ids);
    return;
  }
  const ended = ids.filter((id) => !alive.includes(id));
  const all = { label: `Delete ${runsIn(ids.length)}`, act: () => void hands.remove(ids) };
  const some = { label: "Delete those that ended", act: () => void hands.remove(ended, true) };
  ask({
    title: `${runsIn(alive.length)} of ${ids.length} may still train`,
    words: "A trainer whose run is deleted goes on, and nobody sees what it logs. Stop it first, if that is meant.",
    answers: ended.length > 0 ? [some, all] : [all],
  });
}

function DeletedActions({ ids, hands }: { ids: string[]; hands: Hands }) {
  return (
    <>
      <button type="button" onClick={() => void hands.restore(ids)}>
        Restore
      </button>
      <button
        type="button"
        class="danger"
        onClick={() => {
          ask({
            title: `Delete ${runsIn(ids.length)} for good?`,
            words: "All that was logged of them goes now, and nothing brings it back.",
            answers: [{ label: "Delete for good", act: () => void hands.purge(ids) }],
          });
        }}
      >
        Delete for good
      </button>
    </>
  );
}

export function Foot({ store }: { store: RunsStore }) {
  return (
    <footer class="foot">
      {store.deleted ? (
        <a href={runsHref()}>All runs</a>
      ) : (
        <>
          <Storage store={store} />
          <a href={runsHref({ deleted: "1" })}>Deleted runs</a>
        </>
      )}
      <Asked />
    </footer>
  );
}

/** The first page: every run in one line, live. */
import { useEffect, useMemo } from "preact/hooks";
import "../styles/runs.css";
import { formatCount } from "../format";
import { isFiltered, parseWish, type Wish } from "../runs/arrange";
import { MOST_RUNS, RunsStore } from "../runs/store";
import { epoch, goWith, query } from "../state";
import { Filter } from "./runs-filter";
import { useLazy } from "./runs-lazy";
import { RunsTable, type More } from "./runs-table";

let kept: { key: string; store: RunsStore } | null = null;

/** One that was left a moment ago stands as it was, and comes up to date behind what is seen. */
function storeOf(deleted: boolean): RunsStore {
  const key = `${epoch.peek()} ${deleted}`;
  if (kept?.key !== key) kept = { key, store: new RunsStore(deleted) };
  return kept.store;
}

export default function RunsView() {
  const deleted = query.value.get("deleted") === "1";
  const store = useMemo(() => storeOf(deleted), [deleted]);
  const address = query.value.toString();
  const wish = useMemo(() => parseWish(query.value), [address]);
  useMemo(() => {
    store.selected.value = new Set(query.peek().getAll("sel"));
  }, [store]);
  useMemo(() => {
    store.show(wish);
  }, [store, wish]);
  useEffect(() => {
    store.open();
    return () => {
      store.close();
    };
  }, [store]);
  const isLoaded = store.loaded.value;
  const more = useLazy("more", () => import("./runs-more"), isLoaded);
  if (isLoaded && store.held.value === 0 && !deleted) return <Nothing />;
  return (
    <>
      <div class="bar">
        <h1>{deleted ? "Deleted runs" : "Runs"}</h1>
        <Told store={store} wish={wish} />
        <Filter />
      </div>
      {more ? <more.Bar store={store} wish={wish} /> : <div class="tools" />}
      {store.fault.value !== "" && <Fault store={store} />}
      {isLoaded ? <Lines store={store} wish={wish} more={more} /> : <p class="note late">Loading the runs…</p>}
      {more && <more.Foot store={store} />}
      {more && <more.Commands store={store} wish={wish} />}
    </>
  );
}

function Nothing() {
  const empty = useLazy("empty", () => import("./empty"), true);
  return empty && <empty.EmptyState />;
}

/** How many there are, and how many of them are shown. */
function Told({ store, wish }: { store: RunsStore; wish: Wish }) {
  const [held, shown] = [store.held.value, store.shown.value.ids.length];
  const soFar = store.whole.value ? "" : " so far";
  const words = isFiltered(wish) ? `${formatCount(shown)} of ${formatCount(held)}` : formatCount(held);
  return (
    <span class="dim" role="status">
      {store.loaded.value ? `${words}${soFar}` : ""}
      <span class="unseen"> runs</span>
      {held >= MOST_RUNS && `: the newest; more than a page can hold are there`}
    </span>
  );
}

function Fault({ store }: { store: RunsStore }) {
  return (
    <p class="note" role="alert">
      {store.fault.value} It is tried again in a few seconds.{" "}
      <button
        type="button"
        onClick={() => {
          void store.walk();
        }}
      >
        Try now
      </button>
    </p>
  );
}

function Lines({ store, wish, more }: { store: RunsStore; wish: Wish; more: More | null }) {
  if (store.shown.value.ids.length > 0) return <RunsTable store={store} wish={wish} more={more} />;
  if (!isFiltered(wish))
    return <p class="note">No run lies deleted. What is deleted can be brought back from here for seven days.</p>;
  return (
    <p class="note">
      {store.whole.value ? "No run answers to this filter." : "No run answers to this filter so far."}{" "}
      <button
        type="button"
        onClick={() => {
          goWith({ q: null, state: null, project: null });
        }}
      >
        Show all runs
      </button>
    </p>
  );
}

/** The first page: every run in one line, live. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import "../styles/runs.css";
import { RunsStore } from "../runs";
import { useShortcuts } from "../shortcuts";
import { EmptyState } from "./empty";
import { focusRow, RunsTable } from "./runs-table";
import { Storage } from "./storage";

export default function RunsView() {
  const store = useMemo(() => new RunsStore(), []);
  useEffect(() => {
    store.open();
    return () => {
      store.close();
    };
  }, [store]);
  const rows = store.order.value;
  const isEmpty = store.loaded.value && rows.length === 0;
  if (isEmpty && store.query.value === "") return <EmptyState />;
  return (
    <>
      <div class="bar">
        <h1>Runs</h1>
        <Filter store={store} />
      </div>
      {store.fault.value && <p class="note">{store.fault.value.message}</p>}
      {isEmpty && <p class="note">No run answers to “{store.query.value}”.</p>}
      {!store.loaded.value && rows.length === 0 && <p class="note">Loading the runs…</p>}
      {rows.length > 0 && <RunsTable rows={rows} />}
      {store.more.value && (
        <button
          type="button"
          class="more"
          onClick={() => {
            store.loadMore();
          }}
        >
          More runs
        </button>
      )}
      {rows.length > 0 && <Storage />}
    </>
  );
}

function Filter({ store }: { store: RunsStore }) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  useShortcuts([{ key: "/", words: "Filter the runs", act: () => input.current?.focus() }]);
  const onInput = (): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      store.search(input.current?.value ?? "");
    }, 150);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") focusRow(0);
    if (event.key !== "Escape" || !input.current) return;
    input.current.value = "";
    store.search("");
    input.current.blur();
  };
  return (
    <label class="filter">
      <span class="unseen">Filter runs</span>
      <input
        ref={input}
        type="search"
        placeholder="Filter by name, project, state or tag"
        onInput={onInput}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

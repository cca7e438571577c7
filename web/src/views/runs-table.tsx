/** The runs as a table, one line each: only the lines in view exist. */
import { useRef, useState } from "preact/hooks";
import { isGroup, type Wish } from "../runs/arrange";
import { COLUMNS, nextSort, type Column } from "../runs/columns";
import { shareOf, withAll } from "../runs/selection";
import type { RunsStore } from "../runs/store";
import { goWith } from "../state";
import { RunRow } from "./runs-row";
import { useWindow } from "./runs-window";

/** What is loaded after the first rows. */
export type More = typeof import("./runs-more");

export function RunsTable({ store, wish, more }: { store: RunsStore; wish: Wish; more: More | null }) {
  const table = useRef<HTMLTableElement>(null);
  const { lines } = store.shown.value;
  const touch = (): void => {
    store.touchedAt = performance.now();
  };
  const view = useWindow(table, lines, wish, touch);
  const [walked, walk] = useState("");
  const at = walked === "" ? -1 : lines.findIndex((line) => line.key === walked);
  const { from } = view;
  const to = Math.min(view.to, lines.length);
  const tabAt = at >= from && at < to ? at : from;
  const onFocus = (event: FocusEvent): void => {
    touch();
    const place = (event.target as Element).closest<HTMLElement>("tr[data-line]")?.dataset.line;
    const line = place === undefined ? undefined : lines[Number(place)];
    if (line) walk(line.key);
  };
  return (
    <table
      ref={table}
      class="runs"
      aria-label={store.deleted ? "Deleted runs" : "Runs"}
      aria-rowcount={lines.length + 1}
      onFocusIn={onFocus}
      onKeyDown={touch}
      onPointerMove={touch}
      onPointerDown={touch}
    >
      <Head store={store} wish={wish} />
      <tbody>
        <Gap lines={from} height={view.lineHeight} />
        {lines.slice(from, to).map((line, index) => {
          const tab = from + index === tabAt ? 0 : -1;
          const asked = { store, at: from + index, tab };
          if (isGroup(line))
            return more ? (
              <more.GroupRow key={line.key} {...asked} line={line} by={wish.group ?? ""} />
            ) : (
              <Gap key={line.key} lines={1} height={view.lineHeight} />
            );
          return <RunRow key={line.key} {...asked} line={line} />;
        })}
        <Gap lines={lines.length - to} height={view.lineHeight} />
      </tbody>
      {more && <more.Keys store={store} lines={lines} view={view} at={at} walk={walk} />}
    </table>
  );
}

/** The room of the lines that are not in view. */
function Gap({ lines, height }: { lines: number; height: number }) {
  return (
    <tr class="gap" aria-hidden="true">
      <td style={{ height: `${Math.max(0, lines) * height}px` }} />
    </tr>
  );
}

function Head({ store, wish }: { store: RunsStore; wish: Wish }) {
  const { ids } = store.shown.value;
  const share = shareOf(store.selected.value, ids);
  return (
    <thead>
      <tr>
        <th
          scope="col"
          class="c-check"
          onClick={() => {
            store.choose(withAll(store.selected.peek(), ids, share !== "all"));
          }}
        >
          <input
            type="checkbox"
            checked={share === "all"}
            indeterminate={share === "some"}
            aria-label="Select all that are shown"
          />
        </th>
        {COLUMNS.map((column) => (
          <HeadCell key={column.id} column={column} wish={wish} />
        ))}
      </tr>
    </thead>
  );
}

function HeadCell({ column, wish }: { column: Column; wish: Wish }) {
  const { sort } = wish;
  const isSorted = sort?.column.id === column.id;
  const direction = sort?.falls ? "descending" : "ascending";
  const sign = isSorted ? (sort.falls ? "↓" : "↑") : "";
  return (
    <th
      scope="col"
      class={`h-${column.id} ${column.isNumber ? "number" : ""}`}
      aria-sort={isSorted ? direction : undefined}
    >
      <button
        type="button"
        title={column.hint}
        onClick={() => {
          goWith({ sort: nextSort(column, sort) });
        }}
      >
        {column.id === "verdict" ? <span class="unseen">{column.title}</span> : column.title}
        <span aria-hidden="true">{column.id === "verdict" && !isSorted ? "↕" : sign}</span>
      </button>
    </th>
  );
}

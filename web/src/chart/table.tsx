/** The table behind a chart: one row a step; it keeps its place while points come. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { sayFault } from "../notice";
import { wordsOf } from "../api";
import { formatCount } from "../format";
import { nameOf } from "../roles";
import { saveWhole } from "./actions/csv";
import { fileName } from "./actions/files";
import type { Subject } from "./actions/items";
import { lens } from "./lens";
import { expanded, rowsOf, stepsOf, type Direction } from "./rows";

const MORE_ROWS = 300;

export function TableOf({ subject }: { subject: Subject }) {
  const { columns } = subject.picture;
  const [direction, setDirection] = useState<Direction>("down");
  const [most, setMost] = useState(MORE_ROWS);
  const box = useRef<HTMLDivElement>(null);
  const steps = stepsOf(columns, direction);
  const rows = rowsOf(columns, useAnchor(box, steps, most, direction), direction);
  return (
    <div class="tablebox" ref={box} tabIndex={0} role="region" aria-label={`${subject.spec.title}, table`}>
      <About subject={subject} shown={rows.length} all={steps.length} direction={direction} />
      <table>
        <thead>
          <tr>
            <th scope="col" aria-sort={direction === "down" ? "descending" : "ascending"}>
              <button
                type="button"
                class="sort"
                title={direction === "down" ? "The first steps first" : "The newest steps first"}
                onClick={() => {
                  setDirection(direction === "down" ? "up" : "down");
                  setMost(MORE_ROWS);
                  box.current?.scrollTo({ top: 0 });
                }}
              >
                step <span aria-hidden="true">{direction === "down" ? "↓" : "↑"}</span>
              </button>
            </th>
            {expanded(columns).map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ step, cells }) => (
            <tr key={step} data-step={step}>
              <th scope="row">{formatCount(step)}</th>
              {cells.map((cell, index) => (
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length < steps.length && (
        <button
          type="button"
          class="quiet more-rows"
          onClick={() => {
            setMost(most + MORE_ROWS);
          }}
        >
          {formatCount(Math.min(MORE_ROWS, steps.length - rows.length))} more rows
        </button>
      )}
    </div>
  );
}

interface AboutProps {
  subject: Subject;
  shown: number;
  all: number;
  direction: Direction;
}

/** What the table holds of all that was logged, and the way to the rest. */
function About({ subject, shown, all, direction }: AboutProps) {
  const { spec, store, board, picture } = subject;
  const isThinned = picture.columns.some(({ thinned }) => thinned !== undefined);
  const logged = Math.max(0, ...spec.keys(board()).map((key) => board().run.summary?.[key]?.count ?? 0));
  const part = shown < all ? `The ${direction === "down" ? "newest" : "first"} ${formatCount(shown)} rows of ` : "";
  const thin = `thinned from ${formatCount(logged)} points: each row is the last of its steps, with least and greatest.`;
  const fetchAll = (): void => {
    saveWhole({
      run: store.id,
      keys: spec.keys(board()),
      attempt: lens.attempt.peek(),
      name: fileName(nameOf(board().run), spec.title, "csv"),
    }).catch((fault: unknown) => {
      sayFault(wordsOf(fault));
    });
  };
  return (
    <p class="about">
      {`${part}${formatCount(all)} ${all === 1 ? "step" : "steps"}${isThinned ? `, ${thin}` : "."} `}
      <button type="button" class="quiet" onClick={fetchAll} aria-label={`Full CSV of ${spec.title}`}>
        Full CSV
      </button>
    </p>
  );
}

/**
 * Keeps the row that is read where it is: rows that come above it would push it, and the last row falls off for each.
 * Gives how many rows are shown. At the top of the table the newest come into view, as one expects there.
 */
function useAnchor(
  box: { current: HTMLDivElement | null },
  steps: readonly number[],
  most: number,
  direction: Direction,
): number {
  const before = useRef({ newest: -1, most, direction, grown: 0 });
  const top = box.current?.scrollTop ?? 0;
  const { current: old } = before;
  const isSame = old.most === most && old.direction === direction;
  const fresh = direction === "down" && isSame ? Math.max(0, steps.indexOf(old.newest)) : 0;
  const grown = isSame && top > 0 ? old.grown + fresh : 0;
  const element = box.current;
  const row = top > 0 && fresh > 0 && element ? rowAt(element) : null;
  const offset = row?.offsetTop ?? 0;
  useLayoutEffect(() => {
    before.current = { newest: steps[0] ?? -1, most, direction, grown };
    if (row && element && row.isConnected) element.scrollTop += row.offsetTop - offset;
  });
  return most + grown;
}

/** The first row that is in view. */
function rowAt(box: HTMLElement): HTMLElement | null {
  const rows = box.querySelectorAll<HTMLElement>("tbody tr");
  const first = rows[0];
  if (!first) return null;
  const index = Math.floor((box.scrollTop - first.offsetTop) / Math.max(1, first.offsetHeight)) + 1;
  return rows[Math.max(0, Math.min(rows.length - 1, index))] ?? null;
}

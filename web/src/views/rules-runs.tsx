/** Choosing the runs that a rule is tried on: what is chosen, and a search for more. */
import { useRef, useState } from "preact/hooks";
import { findRuns } from "../api-rules";
import { formatCount } from "../format";
import { nameOf } from "../roles";
import { chosen, MOST_RUNS } from "../rulebook/chosen";
import { goWith } from "../state";
import type { Run } from "../wire";

const FOUND = 8;

function choose(runs: readonly Run[]): void {
  chosen.value = runs;
  goWith({ try: runs.map((run) => run.id) });
}

export function ChosenRuns() {
  const runs = chosen.value;
  if (runs === null) return <p class="dim rule-picked">Looking for runs…</p>;
  return (
    <div class="rule-picked">
      <ul class="rule-chosen" aria-label="Runs to try it on">
        {runs.map((run) => (
          <li key={run.id}>
            <span>{nameOf(run)}</span>
            <span class="dim">{formatCount(run.last_step ?? run.progress?.step)} steps</span>
            <button
              type="button"
              class="quiet"
              aria-label={`Leave out ${nameOf(run)}`}
              onClick={() => {
                choose(runs.filter((one) => one !== run));
              }}
            >
              ✕
            </button>
          </li>
        ))}
      </ul>
      {runs.length === 0 && <p class="dim">No run to try it on yet: look for one.</p>}
      {runs.length < MOST_RUNS && <Finder runs={runs} />}
    </div>
  );
}

/** What answers to the words in a field, but for the runs that are chosen already; null while there are no words. */
function useFound(runs: readonly Run[]): { found: readonly Run[] | null; look: (words: string) => void } {
  const asked = useRef("");
  const timer = useRef(0);
  const [found, setFound] = useState<readonly Run[] | null>(null);
  const look = (words: string): void => {
    window.clearTimeout(timer.current);
    const q = (asked.current = words.trim());
    if (q === "") {
      setFound(null);
      return;
    }
    timer.current = window.setTimeout(() => {
      findRuns({ q, limit: FOUND + runs.length }).then(
        (all) => {
          if (asked.current !== q) return; // more was typed meanwhile
          setFound(all.filter(({ id }) => !runs.some((run) => run.id === id)).slice(0, FOUND));
        },
        () => {
          setFound([]);
        },
      );
    }, 150);
  };
  return { found, look };
}

function Finder({ runs }: { runs: readonly Run[] }) {
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const { found, look } = useFound(runs);
  const clear = (): void => {
    if (input.current) input.current.value = "";
    look("");
  };
  const add = (run: Run | undefined): void => {
    if (run === undefined) return;
    clear();
    choose([...runs, run]);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") clear();
    if (event.key === "ArrowDown") list.current?.querySelector("button")?.focus();
    if (event.key !== "Enter") return;
    event.preventDefault();
    add(found?.[0]);
  };
  return (
    <div class="rule-finder">
      <label>
        <span class="unseen">Add a run to try it on</span>
        <input
          ref={input}
          type="search"
          placeholder="Add a run: search by name"
          onInput={(event) => {
            look(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
        />
      </label>
      <span class="unseen" role="status">
        {found === null ? "" : `${found.length} runs found`}
      </span>
      {found !== null && (
        <ul ref={list} aria-label="Runs found">
          {found.map((run) => (
            <li key={run.id}>
              <button
                type="button"
                onClick={() => {
                  add(run);
                }}
              >
                {nameOf(run)} <span class="dim">{run.project}</span>
              </button>
            </li>
          ))}
          {found.length === 0 && <li class="dim">No other run answers to that.</li>}
        </ul>
      )}
    </div>
  );
}

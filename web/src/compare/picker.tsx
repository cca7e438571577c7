/** A field that finds runs by what is typed and adds the chosen one to the comparison. */
import { useEffect, useRef, useState } from "preact/hooks";
import { wordsOf } from "../api";
import { findRuns } from "../api-compare";
import { useShortcuts } from "../shortcuts";
import { wantsToken } from "../socket";
import { StatePill } from "../views/state-pill";
import type { Run } from "../wire";
import { MOST_RUNS } from "./place";

const SHOWN = 10;
const AFTER_MS = 150;

interface Props {
  chosen: readonly string[];
  onAdd: (run: Run) => void;
}

/** What answers to the text among the runs that are not chosen yet; `null` while nobody looks. */
function useFound(text: string | null, chosen: readonly string[]): { found: Run[]; words: string } {
  const [found, setFound] = useState<Run[]>([]);
  const [words, setWords] = useState("Looking…");
  useEffect(() => {
    if (text === null) return;
    const asked = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const { items } = await findRuns(text.trim(), SHOWN + MOST_RUNS, asked.signal);
        setFound(items);
        setWords(text.trim() === "" ? "There is no further run." : `No further run answers to “${text.trim()}”.`);
      } catch (fault) {
        if (!asked.signal.aborted && !wantsToken(fault)) setWords(wordsOf(fault));
      }
    };
    const timer = window.setTimeout(() => {
      void look();
    }, AFTER_MS);
    return () => {
      window.clearTimeout(timer);
      asked.abort();
    };
  }, [text]);
  return { found: found.filter(({ id }) => !chosen.includes(id)).slice(0, SHOWN), words };
}

/** What is typed, which of the found is pointed at, and what the keys do. */
function useChoice({ chosen, onAdd }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const { found, words } = useFound(text, chosen);
  const look = (): void => {
    setText(input.current?.value ?? "");
    setAt(0);
  };
  const close = (): void => {
    setText(null);
  };
  const add = (run: Run | undefined): void => {
    if (!run) return;
    if (input.current) input.current.value = "";
    look();
    onAdd(run);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      if (text === null) look();
      else if (found.length > 0) setAt((at + by + found.length) % found.length);
    }
    if (event.key === "Enter" && text !== null) add(found[at]);
    if (event.key === "Escape") close();
  };
  return { input, text, at, found, words, look, close, add, onKeyDown };
}

export function Picker(props: Props) {
  const { input, text, at, found, words, look, close, add, onKeyDown } = useChoice(props);
  const isFull = props.chosen.length >= MOST_RUNS;
  const open = text !== null && !isFull;
  useShortcuts([{ key: "/", words: "Add a run to the comparison", act: () => input.current?.focus() }]);
  return (
    <div
      class="picker"
      onFocusOut={(event) => {
        if (!(event.relatedTarget instanceof Node) || !event.currentTarget.contains(event.relatedTarget)) close();
      }}
    >
      <label class="filter">
        <span class="unseen">Add a run</span>
        <input
          ref={input}
          type="search"
          role="combobox"
          list={undefined}
          aria-expanded={open && found.length > 0}
          aria-controls="found-runs"
          aria-autocomplete="list"
          aria-activedescendant={open && found[at] ? `found-${String(at)}` : undefined}
          autocomplete="off"
          disabled={isFull}
          placeholder={isFull ? `${String(MOST_RUNS)} runs are the most` : "Add a run by name, project or tag"}
          onFocus={look}
          onInput={look}
          onKeyDown={onKeyDown}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <ul id="found-runs" role="listbox" aria-label="Runs to add" hidden={!open || found.length === 0}>
        {found.map((run, index) => (
          <Found key={run.id} run={run} index={index} isAt={index === at} onChoose={add} />
        ))}
      </ul>
      <p class="picker-words" role="status" hidden={!open || found.length > 0}>
        {words}
      </p>
    </div>
  );
}

interface FoundProps {
  run: Run;
  index: number;
  isAt: boolean;
  onChoose: (run: Run) => void;
}

function Found({ run, index, isAt, onChoose }: FoundProps) {
  return (
    <li
      id={`found-${String(index)}`}
      role="option"
      aria-selected={isAt}
      onPointerDown={(event) => {
        event.preventDefault(); // the field keeps the focus
      }}
      onClick={() => {
        onChoose(run);
      }}
    >
      <span class="found-name">{run.name ?? run.id}</span> <small>{run.project}</small>
      <StatePill state={run.state} />
    </li>
  );
}

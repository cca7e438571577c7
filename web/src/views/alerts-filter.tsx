/** The filters of the inbox; each of them stands in the address. */
import { useRef } from "preact/hooks";
import { changesOf, SEVERITIES, STATES, type InboxFilter } from "../inbox/filter";
import type { InboxStore } from "../inbox/store";
import { useShortcuts } from "../shortcuts";
import { goWith } from "../state";

const STATE_WORDS = { firing: "Firing", resolved: "Resolved", all: "All" };
const SEVERITY_WORDS = { warning: "Warnings and worse", critical: "Critical alone", all: "Notes too" };
const TYPED_MS = 200;

export function Filters({ filter, store }: { filter: InboxFilter; store: InboxStore }) {
  const set = (part: Partial<InboxFilter>): void => {
    goWith(changesOf({ ...filter, ...part }));
  };
  return (
    <div class="filters">
      <span class="choice" role="group" aria-label="State">
        {STATES.map((state) => (
          <button
            key={state}
            type="button"
            aria-pressed={filter.state === state}
            onClick={() => {
              set({ state });
            }}
          >
            {STATE_WORDS[state]}
          </button>
        ))}
      </span>
      <Select
        name="Severity"
        value={filter.severity}
        options={SEVERITIES.map((one) => [one, SEVERITY_WORDS[one]])}
        onChoose={(chosen) => {
          set({ severity: SEVERITIES.find((one) => one === chosen) ?? "warning" });
        }}
      />
      <Select
        name="Rule"
        value={filter.rule}
        options={[["", "Any rule"], ...named(store.rules.value, filter.rule)]}
        onChoose={(rule) => {
          set({ rule });
        }}
      />
      <Select
        name="Project"
        value={filter.project}
        options={[["", "Any project"], ...named(store.projects.value, filter.project)]}
        onChoose={(project) => {
          set({ project });
        }}
      />
      <label class="tick">
        <input
          type="checkbox"
          checked={filter.unseen}
          onChange={(event) => {
            set({ unseen: event.currentTarget.checked });
          }}
        />{" "}
        Not acknowledged
      </label>
      <Words words={filter.words} set={set} />
    </div>
  );
}

const named = (names: readonly string[], chosen: string): [string, string][] =>
  [...new Set([...names, ...(chosen === "" ? [] : [chosen])])].map((name) => [name, name]);

interface SelectProps {
  name: string;
  value: string;
  options: [string, string][];
  onChoose: (value: string) => void;
}

function Select({ name, value, options, onChoose }: SelectProps) {
  return (
    <select
      aria-label={name}
      value={value}
      onChange={(event) => {
        onChoose(event.currentTarget.value);
      }}
    >
      {options.map(([key, words]) => (
        <option key={key} value={key}>
          {words}
        </option>
      ))}
    </select>
  );
}

function Words({ words, set }: { words: string; set: (part: Partial<InboxFilter>) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  useShortcuts([{ key: "/", words: "Filter the incidents", act: () => input.current?.focus() }]);
  const onInput = (): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      set({ words: input.current?.value.trim() ?? "" });
    }, TYPED_MS);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !input.current) return;
    input.current.value = "";
    set({ words: "" });
    input.current.blur();
  };
  return (
    <label class="filter">
      <span class="unseen">Filter by words</span>
      <input
        ref={input}
        type="search"
        defaultValue={words}
        placeholder="Words of a title, rule or run"
        onInput={onInput}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

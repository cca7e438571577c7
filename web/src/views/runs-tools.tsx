/** What narrows the list and groups it: states with their counts, the project, the grouping. */
import { formatCount } from "../format";
import type { Wish } from "../runs/arrange";
import { COLUMNS, sortText, STATES } from "../runs/columns";
import type { RunsStore } from "../runs/store";
import { goWith, query } from "../state";
import { STATE_WORDS } from "./state-pill";

export function Tools({ store, wish }: { store: RunsStore; wish: Wish }) {
  return (
    <div class="tools" role="group" aria-label="What is shown">
      <States store={store} wish={wish} />
      <Projects store={store} wish={wish} />
      <Choice
        label="Group by"
        value={wish.group ?? ""}
        options={[
          ["", "No groups"],
          ["project", "By project"],
          ["state", "By state"],
          ["tag", "By tag"],
          ["group", "By group"],
        ]}
        onChange={(group) => {
          goWith({ group, fold: null });
        }}
      />
      <Choice
        label="Sort by"
        class="narrow"
        value={query.value.get("sort") ?? ""}
        options={[
          ["", "Critical, live, newest"],
          ...COLUMNS.map((column): [string, string] => [sortText(column, column.falls ?? false), column.title]),
        ]}
        onChange={(sort) => {
          goWith({ sort });
        }}
      />
    </div>
  );
}

function States({ store, wish }: { store: RunsStore; wish: Wish }) {
  const counts = store.shown.value.states;
  const there = STATES.filter((state) => (counts.get(state) ?? 0) > 0 || wish.states.has(state));
  return (
    <div class="chips" role="group" aria-label="States">
      {there.map((state) => {
        const isOn = wish.states.has(state);
        const next = isOn ? [...wish.states].filter((one) => one !== state) : [...wish.states, state];
        return (
          <button
            key={state}
            type="button"
            class={`chip pill ${state}`}
            aria-pressed={isOn}
            onClick={() => {
              goWith({ state: next });
            }}
          >
            <i aria-hidden="true" /> {STATE_WORDS[state]} <small>{formatCount(counts.get(state) ?? 0)}</small>
          </button>
        );
      })}
    </div>
  );
}

function Projects({ store, wish }: { store: RunsStore; wish: Wish }) {
  const projects = [...store.shown.value.projects].sort(([a], [b]) => (a < b ? -1 : 1));
  if (projects.length < 2 && wish.project === null) return null;
  return (
    <Choice
      label="Project"
      value={wish.project ?? ""}
      options={[
        ["", "All projects"],
        ...projects.map(([name, count]): [string, string] => [name, `${name} (${formatCount(count)})`]),
      ]}
      onChange={(project) => {
        goWith({ project });
      }}
    />
  );
}

interface ChoiceAsked {
  label: string;
  class?: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string | null) => void;
}

function Choice({ label, class: name, value, options, onChange }: ChoiceAsked) {
  const isKnown = options.some(([one]) => one === value);
  return (
    <select
      aria-label={label}
      class={name}
      value={value}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        onChange(chosen === "" ? null : chosen);
      }}
    >
      {!isKnown && <option value={value}>{value}</option>}
      {options.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  );
}

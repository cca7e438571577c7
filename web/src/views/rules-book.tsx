/** The book as a table: every rule in one line with what it is doing now over all live runs. */
import { useRef } from "preact/hooks";
import { wordsOf } from "../api";
import { listRules } from "../api-rules";
import { useCommands } from "../commands";
import { formatCount } from "../format";
import { useAsked } from "../rulebook/asked";
import { arranged, STATE_WORDS, STATES, wantedOf } from "../rulebook/book";
import type { RulePage, RuleRow } from "../rulebook/wire";
import { rulesHref } from "../route";
import { useShortcuts } from "../shortcuts";
import { goWith, query, visit } from "../state";
import { useTitle } from "../title";
import { focusRule, RulesTable } from "./rules-table";

const NEW_RULE = rulesHref({ metric: "" });
const write = (): void => {
  visit(NEW_RULE);
};

export function Book() {
  const asked = useAsked(listRules, []);
  const [page, fault] = [asked.answer.value, asked.fault.value];
  useTitle("Rules");
  useCommands(() => [{ id: "new-rule", title: "Write a rule of your own", group: "Rules", key: "n", act: write }], []);
  useShortcuts([{ key: "n", words: "Write a rule of your own", act: write }]);
  const rows = page ? arranged(page.items, wantedOf(query.value)) : [];
  return (
    <>
      <div class="bar">
        <h1>Rules</h1>
        <a class="button" href={NEW_RULE}>
          New rule
        </a>
        <Filters rows={page?.items ?? []} />
      </div>
      {fault && <p class="note">{wordsOf(fault)}</p>}
      {!page && !fault && <p class="note">Loading the rules…</p>}
      {page && <Count page={page} shown={rows.length} />}
      {rows.length > 0 && page && <RulesTable rows={rows} liveRuns={page.live_runs} />}
    </>
  );
}

/** How much of the book is shown; told to those who do not see the table change. */
function Count({ page, shown }: { page: RulePage; shown: number }) {
  const live = page.live_runs === 1 ? "1 live run" : `${formatCount(page.live_runs)} live runs`;
  const all = page.items.length;
  return (
    <p class="rules-count dim">
      <span role="status">
        {shown === 0 ? "No rule answers to that" : shown === all ? `${all} rules` : `${shown} of ${all} rules`}
      </span>
      {shown === 0 ? ". " : `, over ${page.live_runs === 0 ? "no live run now" : live}. `}
      {shown < all && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            goWith({ q: null, family: null, state: null });
          }}
        >
          Show all
        </button>
      )}
    </p>
  );
}

function Filters({ rows }: { rows: readonly RuleRow[] }) {
  const wanted = wantedOf(query.value);
  const families = [...new Set([...rows.map((row) => row.family), wanted.family])].filter((one) => one !== "");
  const states = STATES.map((state) => [state, STATE_WORDS[state]] as const);
  return (
    <div class="rule-filters">
      <Words />
      <Choice label="Family" name="family" value={wanted.family} options={families.map((one) => [one, one] as const)} />
      <Choice label="State" name="state" value={wanted.state} options={states} />
    </div>
  );
}

function Words() {
  const input = useRef<HTMLInputElement>(null);
  useShortcuts([{ key: "/", words: "Filter the rules", act: () => input.current?.focus() }]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") focusRule(0);
    if (event.key !== "Escape") return;
    goWith({ q: null });
    input.current?.blur();
  };
  return (
    <label class="filter">
      <span class="unseen">Filter rules</span>
      <input
        ref={input}
        type="search"
        placeholder="Filter by words"
        value={query.value.get("q") ?? ""}
        onInput={(event) => {
          goWith({ q: event.currentTarget.value || null });
        }}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

interface ChoiceProps {
  label: string;
  name: string;
  value: string;
  options: readonly (readonly [string, string])[];
}

function Choice({ label, name, value, options }: ChoiceProps) {
  return (
    <label>
      <span class="unseen">{label}</span>
      <select
        value={value}
        onChange={(event) => {
          goWith({ [name]: event.currentTarget.value || null });
        }}
      >
        <option value="">Any {label.toLowerCase()}</option>
        {options.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

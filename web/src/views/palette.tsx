/** The palette: type to go to a place or a run, or to have something done; a list box under a field, by keys or pointer. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import "../styles/palette.css";
import { offered } from "../commands";
import { formatCount } from "../format";
import { listed, moved, type Entry, type Group } from "../palette";
import { readRecent, remember, type Recent } from "../recent";
import { keyName } from "../keys";
import { isMac, MOD_K } from "../shortcuts";
import { visit } from "../state";
import { useFoundRuns } from "./palette-runs";

const place = (title: string, href: string): Entry => ({
  id: `place ${href}`,
  title,
  group: "Places",
  href,
  act: () => {
    visit(href);
  },
});

const PLACES: readonly Entry[] = [
  place("Runs", "#/"),
  place("Alerts", "#/alerts"),
  place("Rules", "#/rules"),
  place("Channels", "#/channels"),
  place("Settings", "#/settings"),
];

function commands(): Entry[] {
  return [...offered.value.values()].flat().map(({ key, ...command }) => ({
    ...command,
    id: `command ${command.id}`,
    detail: key === undefined ? undefined : keyName(key, isMac),
  }));
}

export default function Palette({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const { runs, fault, isLoading } = useFoundRuns(query);
  const recent = useMemo(readRecent, []);
  useEffect(() => dialog.current?.showModal(), []);
  const late = recent.flatMap(lateRun);
  const known = new Set(runs.map(({ id }) => id));
  const all = query === "" ? [...runs, ...late.filter(({ id }) => !known.has(id))] : runs;
  const groups = listed(query, { places: PLACES, runs: all, commands: commands(), recent });
  const entries = groups.flatMap((group) => group.entries);
  const index = Math.min(at, Math.max(0, entries.length - 1));
  const choose = (entry: Entry | undefined): void => {
    if (!entry) return;
    dialog.current?.close();
    remember({ id: entry.id, title: entry.title, ...(entry.href === undefined ? {} : { href: entry.href }) });
    entry.act();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const isAgain = (event.metaKey || event.ctrlKey) && `mod+${event.key}` === MOD_K;
    const next = moved(event.key, index, entries.length);
    if (isAgain) dialog.current?.close();
    else if (event.key === "Enter") choose(entries[index]);
    else if (next !== null) setAt(next);
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={dialog}
      class="palette"
      aria-label="Search"
      onClose={close}
      onClick={closeOutside}
      onKeyDown={onKeyDown}
    >
      <Field
        query={query}
        chosen={entries[index]}
        onType={(typed) => {
          setQuery(typed);
          setAt(0);
        }}
      />
      <List groups={groups} chosen={entries[index]} onChoose={choose} />
      {entries.length === 0 && !isLoading && <p class="none">Nothing answers to “{query}”.</p>}
      {fault !== "" && <p class="none">{fault}</p>}
      <p class="unseen" role="status">
        {isLoading ? "" : `${formatCount(entries.length)} ${entries.length === 1 ? "result" : "results"}`}
      </p>
    </dialog>
  );
}

interface FieldProps {
  query: string;
  chosen: Entry | undefined;
  onType: (query: string) => void;
}

function Field({ query, chosen, onType }: FieldProps) {
  return (
    <input
      type="text"
      role="combobox"
      aria-label="Go to a run or a place, or do something"
      aria-expanded="true"
      aria-controls="palette-list"
      aria-autocomplete="list"
      aria-activedescendant={chosen ? idOf(chosen) : undefined}
      placeholder="A run, a place or a command"
      autocomplete="off"
      spellcheck={false}
      autofocus
      value={query}
      onInput={({ currentTarget }) => {
        onType(currentTarget.value);
      }}
    />
  );
}

const idOf = (entry: Entry): string => `palette ${entry.group} ${entry.id}`.replace(/\s+/g, "-");

/** A run that was gone to of late can be gone to again before it was found. */
function lateRun({ id, title, href }: Recent): Entry[] {
  if (!id.startsWith("run ") || href === undefined) return [];
  return [{ ...place(title, href), id, group: "Runs" }];
}

function closeOutside(event: MouseEvent): void {
  if (event.target instanceof HTMLDialogElement) event.target.close();
}

interface ListProps {
  groups: readonly Group[];
  chosen: Entry | undefined;
  onChoose: (entry: Entry) => void;
}

function List({ groups, chosen, onChoose }: ListProps) {
  return (
    <div class="list" id="palette-list" role="listbox" aria-label="Results" tabIndex={-1}>
      {groups.map(({ name, entries }) => (
        <div key={name} role="group" aria-label={name}>
          <div class="name" aria-hidden="true">
            {name}
          </div>
          {entries.map((entry) => (
            <Option key={entry.id} entry={entry} isChosen={entry === chosen} onChoose={onChoose} />
          ))}
        </div>
      ))}
    </div>
  );
}

function Option({ entry, isChosen, onChoose }: { entry: Entry; isChosen: boolean; onChoose: ListProps["onChoose"] }) {
  const option = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isChosen) option.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    <div
      ref={option}
      id={idOf(entry)}
      role="option"
      aria-selected={isChosen}
      onClick={() => {
        onChoose(entry);
      }}
    >
      <span>{entry.title}</span>
      {entry.detail !== undefined && <small>{entry.detail}</small>}
    </div>
  );
}

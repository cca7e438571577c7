/** The fields of a channel's form, each with what is wrong with it: texts, lists of names, events, quiet hours. */
import { useRef } from "preact/hooks";
import { localTime, type Draft } from "../channels/draft";
import type { ChannelEditor } from "../channels/editor";
import type { EventType } from "../channels/wire";
import { EVENT_WORDS } from "../channels/words";

const idOf = (place: string): string => `channel-${place}`;

function FaultOf({ editor, place }: { editor: ChannelEditor; place: string }) {
  const fault = editor.faults.value.at.get(place);
  if (fault === undefined) return null;
  return (
    <span class="fault" id={`${idOf(place)}-fault`}>
      {fault}
    </span>
  );
}

/** What makes a field say its fault and its hint to who cannot see them. */
function marks(editor: ChannelEditor, place: string, hint?: string) {
  const isWrong = editor.faults.value.at.has(place);
  const ids = [isWrong ? `${idOf(place)}-fault` : "", hint === undefined ? "" : `${idOf(place)}-hint`];
  return {
    id: idOf(place),
    "aria-invalid": isWrong ? ("true" as const) : undefined,
    "aria-describedby": ids.filter(Boolean).join(" ") || undefined,
  };
}

interface FieldProps {
  editor: ChannelEditor;
  place: string;
  label: string;
  value: string;
  placeholder: string;
  hint?: string;
  onWrite: (text: string) => Partial<Draft>;
}

export function Field({ editor, place, label, value, placeholder, hint, onWrite }: FieldProps) {
  return (
    <p class="rule-field">
      <label for={idOf(place)}>{label}</label>
      <input
        {...marks(editor, place, hint)}
        type="text"
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        value={value}
        onInput={(event) => {
          editor.write(onWrite(event.currentTarget.value), place);
        }}
      />
      {hint !== undefined && (
        <span class="hint" id={`${idOf(place)}-hint`}>
          {hint}
        </span>
      )}
      <FaultOf editor={editor} place={place} />
    </p>
  );
}

interface NamesProps {
  editor: ChannelEditor;
  place: string;
  noun: string;
  names: readonly string[];
  known: readonly string[];
  onWrite: (names: string[]) => Partial<Draft>;
}

/** A list of names, none for all; Enter puts one in. */
export function Names({ editor, place, noun, names, known, onWrite }: NamesProps) {
  const input = useRef<HTMLInputElement>(null);
  const put = (): void => {
    const name = input.current?.value.trim() ?? "";
    if (!input.current || name === "") return;
    input.current.value = "";
    if (!names.includes(name)) editor.write(onWrite([...names, name]), place);
  };
  return (
    <div class="rule-field names">
      <label for={idOf(place)}>{`${noun.charAt(0).toUpperCase()}${noun.slice(1)}s`}</label>
      <input
        {...marks(editor, place)}
        ref={input}
        type="text"
        autocomplete="off"
        list={`${idOf(place)}-known`}
        placeholder={names.length === 0 ? `every ${noun}` : `another ${noun}`}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || input.current?.value.trim() === "") return;
          event.preventDefault();
          put();
        }}
        onChange={put}
      />
      <datalist id={`${idOf(place)}-known`}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {names.length > 0 && (
        <ul class="rule-chosen" aria-label={`Only these ${noun}s`}>
          {names.map((name) => (
            <li key={name}>
              <span>{name}</span>
              <button
                type="button"
                class="quiet"
                aria-label={`Leave out the ${noun} ${name}`}
                onClick={() => {
                  editor.write(onWrite(names.filter((one) => one !== name)), place);
                  input.current?.focus();
                }}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <FaultOf editor={editor} place={place} />
    </div>
  );
}

const EVENTS = Object.keys(EVENT_WORDS) as EventType[];

/** None chosen is the usual: alerts, that they are over, and runs that fail, stall or are lost. */
export function Events({ editor }: { editor: ChannelEditor }) {
  const { events } = editor.draft.value;
  const set = (next: readonly EventType[]): void => {
    editor.write({ events: EVENTS.filter((one) => next.includes(one)) }, "filters.events");
  };
  return (
    <div class="events" role="group" aria-label="Kinds of messages">
      <label class="check">
        <input
          type="checkbox"
          checked={events.length === 0}
          onChange={({ currentTarget: { checked } }) => {
            set(checked ? [] : ["run.alert.firing", "run.alert.resolved"]);
          }}
        />
        The usual: alerts, that they are over, and runs that fail, stall or are lost
      </label>
      {events.length > 0 && (
        <div class="events-chosen">
          {EVENTS.map((one) => (
            <label key={one} class="check">
              <input
                type="checkbox"
                checked={events.includes(one)}
                onChange={({ currentTarget: { checked } }) => {
                  set(checked ? [...events, one] : events.filter((other) => other !== one));
                }}
              />
              {EVENT_WORDS[one]}
            </label>
          ))}
        </div>
      )}
      <FaultOf editor={editor} place="filters.events" />
    </div>
  );
}

/** Hours of the UTC day in which nothing is sent, with what they are here. */
export function Hours({ editor }: { editor: ChannelEditor }) {
  const { isQuiet, start, end, butCritical } = editor.draft.value;
  const offset = new Date().getTimezoneOffset();
  const [from, to] = [localTime(start, offset), localTime(end, offset)];
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={isQuiet}
          onChange={({ currentTarget: { checked } }) => {
            editor.write({ isQuiet: checked });
          }}
        />
        Quiet hours
      </label>
      {isQuiet && (
        <div class="quiet-hours">
          <Time editor={editor} place="quiet.start" label="From (UTC)" value={start} onWrite={(start) => ({ start })} />
          <Time editor={editor} place="quiet.end" label="To (UTC)" value={end} onWrite={(end) => ({ end })} />
          <p class="dim">
            {from !== "" && to !== "" ? `Here that is ${from} to ${to} today. ` : ""}
            {start > end ? "It goes over midnight. " : ""}What comes meanwhile is sent at the end.
          </p>
          <label class="check">
            <input
              type="checkbox"
              checked={butCritical}
              onChange={({ currentTarget: { checked } }) => {
                editor.write({ butCritical: checked });
              }}
            />
            Critical messages are sent all the same
          </label>
        </div>
      )}
    </>
  );
}

function Time({ editor, place, label, value, onWrite }: Omit<FieldProps, "placeholder" | "hint">) {
  return (
    <p class="rule-field">
      <label for={idOf(place)}>{label}</label>
      <input
        {...marks(editor, place)}
        type="time"
        value={value}
        onInput={(event) => {
          editor.write(onWrite(event.currentTarget.value), place);
        }}
      />
      <FaultOf editor={editor} place={place} />
    </p>
  );
}

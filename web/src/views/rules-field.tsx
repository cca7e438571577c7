/** One field of a rule's form: its label, what it says, the default beside it, and what is wrong with it. */
import type { ComponentChildren } from "preact";
import { textAt } from "../rulebook/draft";
import type { Editor } from "../rulebook/editor";

interface FieldProps {
  editor: Editor;
  place: string;
  label: string;
  isNumber?: boolean;
  /** It means nothing beside what the other fields say; it keeps its place. */
  isOff?: boolean;
  placeholder?: string;
  list?: string;
  hint?: ComponentChildren;
}

const hintId = (place: string): string => `${place}-hint`;
const faultId = (place: string): string => `${place}-fault`;

/** What a field is described by; a fault is said before the hint. */
const describedBy = (place: string, fault: string | undefined, hint: unknown): string =>
  [fault === undefined ? "" : faultId(place), hint === undefined ? "" : hintId(place)].join(" ").trim();

function Beside({ editor, place, hint }: Pick<FieldProps, "editor" | "place" | "hint">) {
  const fault = editor.faults.value.at.get(place);
  return (
    <>
      {hint !== undefined && (
        <span class="hint" id={hintId(place)}>
          {hint}
        </span>
      )}
      {fault !== undefined && (
        <span class="fault" id={faultId(place)}>
          {fault}
        </span>
      )}
    </>
  );
}

export function TextField({ editor, place, label, isNumber, isOff, placeholder, list, hint }: FieldProps) {
  const fault = editor.faults.value.at.get(place);
  return (
    <p class={`rule-field ${isNumber ? "is-number" : ""}`}>
      <label for={place}>{label}</label>
      <input
        id={place}
        type="text"
        inputMode={isNumber ? "decimal" : "text"}
        autocomplete="off"
        spellcheck={false}
        list={list}
        placeholder={placeholder}
        disabled={isOff}
        readOnly={editor.isReadOnly.value}
        value={isOff ? "" : textAt(editor.draft.value, place)}
        aria-invalid={fault === undefined ? undefined : "true"}
        aria-describedby={describedBy(place, fault, hint) || undefined}
        onInput={(event) => {
          editor.write(place, event.currentTarget.value);
        }}
      />
      <Beside editor={editor} place={place} hint={hint} />
    </p>
  );
}

interface SelectProps {
  editor: Editor;
  place: string;
  label: string;
  options: readonly (readonly [string, string])[];
}

export function SelectField({ editor, place, label, options }: SelectProps) {
  const fault = editor.faults.value.at.get(place);
  return (
    <p class="rule-field">
      <label for={place}>{label}</label>
      <select
        id={place}
        disabled={editor.isReadOnly.value}
        value={textAt(editor.draft.value, place)}
        aria-invalid={fault === undefined ? undefined : "true"}
        aria-describedby={describedBy(place, fault, undefined) || undefined}
        onChange={(event) => {
          editor.write(place, event.currentTarget.value);
        }}
      >
        {options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <Beside editor={editor} place={place} hint={undefined} />
    </p>
  );
}

/** A parameter of a built-in rule, with what it comes as and the way back to that. */
export function ParamField({ editor, name, usual }: { editor: Editor; name: string; usual: number }) {
  const place = `params.${name}`;
  const text = textAt(editor.draft.value, place).trim();
  const isChanged = text !== "" && Number(text) !== usual;
  const hint = (
    <>
      comes as {usual}
      {isChanged && !editor.isReadOnly.value && (
        <button
          type="button"
          class="quiet"
          aria-label={`Reset ${name} to ${usual}`}
          onClick={() => {
            editor.write(place, String(usual));
            document.getElementById(place)?.focus();
          }}
        >
          Reset
        </button>
      )}
    </>
  );
  return <TextField editor={editor} place={place} label={name} isNumber hint={hint} placeholder={String(usual)} />;
}

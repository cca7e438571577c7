/** The fields of a rule of one's own: a series, what is made of it, what it is held against, and for how long. */
import { useEffect, useState } from "preact/hooks";
import { keysOf } from "../api-rules";
import { OPS, REDUCES, textAt } from "../rulebook/draft";
import { chosen } from "../rulebook/chosen";
import type { Editor } from "../rulebook/editor";
import { SelectField, TextField } from "./rules-field";

const KEYS = "rule-keys";
const REDUCE_WORDS: Record<string, string> = {
  last: "last value",
  mean: "mean",
  median: "median",
  min: "least",
  max: "greatest",
  slope: "slope, a step",
  share: "share in another",
};
const OP_WORDS: Record<string, string> = {
  "<": "below (<)",
  "<=": "at or below (≤)",
  ">": "above (>)",
  ">=": "at or above (≥)",
  "==": "exactly (=)",
  "!=": "other than (≠)",
};
const REDUCE_OPTIONS = REDUCES.map((one) => [one, REDUCE_WORDS[one] ?? one] as const);
const OP_OPTIONS = OPS.map((one) => [one, OP_WORDS[one] ?? one] as const);

export function OwnFields({ editor }: { editor: Editor }) {
  const { absent } = editor.draft.value;
  return (
    <fieldset>
      <legend>What it looks for</legend>
      <Keys />
      <div class="rule-fields">
        {editor.rule.value === null && <NameField editor={editor} />}
        <TextField editor={editor} place="metric" label="Metric" list={KEYS} placeholder="train/loss" />
        {!absent && <Compared editor={editor} />}
      </div>
      <Absent editor={editor} />
      <SpanFields editor={editor} name="for" label={absent ? "Absent for" : "Lasting"} absent={absent} />
      <SpanFields editor={editor} name="keep" label="Over when gone for" absent={absent} />
      <div class="rule-fields wide">
        <TextField
          editor={editor}
          place="title"
          label="Title of its alerts"
          placeholder="made of its figures, where it is left out"
        />
      </div>
    </fieldset>
  );
}

function NameField({ editor }: { editor: Editor }) {
  return <TextField editor={editor} place="id" label="Name" placeholder={editor.id.value} />;
}

function Compared({ editor }: { editor: Editor }) {
  const reduce = textAt(editor.draft.value, "reduce");
  return (
    <>
      <TextField editor={editor} place="over" label="Divided by" list={KEYS} placeholder="nothing" />
      <SelectField editor={editor} place="reduce" label="Of it the" options={REDUCE_OPTIONS} />
      <TextField
        editor={editor}
        place="window"
        label="Over the last points"
        isNumber
        isOff={reduce === "last"}
        placeholder={reduce === "last" ? "one" : "16"}
      />
      <SelectField editor={editor} place="op" label="Is" options={OP_OPTIONS} />
      <TextField editor={editor} place="value" label="Value" isNumber placeholder="10" />
    </>
  );
}

function Absent({ editor }: { editor: Editor }) {
  const draft = editor.draft.value;
  return (
    <label class="check">
      <input
        type="checkbox"
        disabled={editor.isReadOnly.value}
        checked={draft.absent}
        onChange={(event) => {
          editor.become({ ...draft, absent: event.currentTarget.checked });
        }}
      />
      Fire when it does not come
    </label>
  );
}

interface SpanProps {
  editor: Editor;
  name: "for" | "keep";
  label: string;
  absent: boolean;
}

/** So many steps, evals and seconds: all that are named. */
function SpanFields({ editor, name, label, absent }: SpanProps) {
  return (
    <div class="rule-span" role="group" aria-label={label}>
      <span class="label">{label}</span>
      <TextField editor={editor} place={`${name}.steps`} label="steps" isNumber />
      {!(absent && name === "for") && <TextField editor={editor} place={`${name}.evals`} label="evals" isNumber />}
      <TextField editor={editor} place={`${name}.seconds`} label="seconds" isNumber />
    </div>
  );
}

/** The keys of the run that the rule is tried on, to complete what is typed. */
function Keys() {
  const run = chosen.value?.[0]?.id ?? null;
  const [keys, setKeys] = useState<readonly string[]>([]);
  useEffect(() => {
    if (run === null) return;
    keysOf(run).then(setKeys, () => undefined); // without them a key is typed in full
  }, [run]);
  return (
    <datalist id={KEYS}>
      {keys.map((key) => (
        <option key={key} value={key} />
      ))}
    </datalist>
  );
}

/** The form of a rule: what it will do in a sentence, its fields, and saving. */
import { useEffect, useRef, useState } from "preact/hooks";
import { projectNames } from "../api-rules";
import type { Editor } from "../rulebook/editor";
import { sentenceOf } from "../rulebook/sentence";
import type { Rule } from "../rulebook/wire";
import { useShortcuts } from "../shortcuts";
import { ParamField, SelectField, TextField } from "./rules-field";
import { OwnFields } from "./rules-own";

const PROJECTS = "rule-projects";
const GRADES = [
  ["info", "info"],
  ["warning", "warning"],
  ["critical", "critical"],
] as const;
const OWN_GRADING = [["", "its own grading"], ...GRADES] as const;

export function RuleForm({ editor }: { editor: Editor }) {
  const form = useRef<HTMLFormElement>(null);
  const rule = editor.rule.value;
  const { at, rest } = editor.faults.value;
  const save = (): void => {
    void editor.save();
  };
  useShortcuts([{ key: "mod+s", words: "Save the rule", act: save }]);
  // A fault that has just come is where one goes on.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [[...at.keys()].join(" ")]);
  return (
    <form
      ref={form}
      class="rule-form"
      aria-label={rule ? `Change ${rule.id}` : "Write a rule"}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <p class="rule-says" role="status">
        {sentenceOf(rule, editor.draft.value)}
      </p>
      {editor.isReadOnly.value && <p class="dim">It stands in the rules file of the service: change it there.</p>}
      {rest.map((fault) => (
        <p key={fault} class="fault" role="alert">
          {fault}
        </p>
      ))}
      {editor.isOwn.value ? <OwnFields editor={editor} /> : rule && <Params editor={editor} rule={rule} />}
      <Holds editor={editor} />
      {!editor.isReadOnly.value && <Buttons editor={editor} />}
      <Outdated editor={editor} />
    </form>
  );
}

/** Its room is always there: nothing is pushed away when somebody else saves. */
function Outdated({ editor }: { editor: Editor }) {
  return (
    <div class="rule-elsewhere">
      <span role="status">
        {editor.isOutdated.value ? "It was changed elsewhere meanwhile; saving puts yours in its place." : ""}
      </span>
      {editor.isOutdated.value && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            editor.discard();
          }}
        >
          Take that one
        </button>
      )}
    </div>
  );
}

function Params({ editor, rule }: { editor: Editor; rule: Rule }) {
  const params = Object.entries(rule.defaults);
  if (params.length === 0) return null;
  return (
    <fieldset>
      <legend>Parameters</legend>
      <div class="rule-fields">
        {params.map(([name, usual]) => (
          <ParamField key={name} editor={editor} name={name} usual={usual} />
        ))}
      </div>
    </fieldset>
  );
}

/** Whether it is on, what its findings count as, and for which runs. */
function Holds({ editor }: { editor: Editor }) {
  const draft = editor.draft.value;
  const isOwn = editor.isOwn.value;
  return (
    <fieldset>
      <legend>{isOwn ? "Severity and runs" : "Severity, and the runs that all of this holds for"}</legend>
      <label class="check">
        <input
          type="checkbox"
          disabled={editor.isReadOnly.value}
          checked={draft.enabled}
          onChange={(event) => {
            editor.become({ ...draft, enabled: event.currentTarget.checked });
          }}
        />
        On
      </label>
      <Projects />
      <div class="rule-fields">
        <SelectField editor={editor} place="severity" label="Severity" options={isOwn ? GRADES : OWN_GRADING} />
        <TextField editor={editor} place="scope.project" label="Project" placeholder="any" list={PROJECTS} />
        <TextField editor={editor} place="scope.tag" label="Tag" placeholder="any" />
        <TextField editor={editor} place="scope.run" label="Run" placeholder="any, by its id" />
      </div>
    </fieldset>
  );
}

/** The projects that there are, to complete what is typed. */
function Projects() {
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    projectNames().then(setNames, () => undefined); // without them a name is typed in full
  }, []);
  return (
    <datalist id={PROJECTS}>
      {names.map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}

function Buttons({ editor }: { editor: Editor }) {
  const rule = editor.rule.value;
  const isDirty = editor.isDirty.value;
  const isThere = rule !== null && rule.source === "service";
  return (
    <div class="rule-buttons">
      <button type="submit" class="primary" disabled={editor.isBusy.value || (rule !== null && !isDirty)}>
        {rule === null ? "Save the rule" : "Save"}
      </button>
      <button
        type="button"
        disabled={!isDirty}
        onClick={() => {
          editor.discard();
        }}
      >
        Discard changes
      </button>
      {isThere && (
        <button type="button" class="danger push" disabled={editor.isBusy.value} onClick={() => void editor.remove()}>
          {rule.kind === "own" ? "Delete" : "Back to default"}
        </button>
      )}
    </div>
  );
}

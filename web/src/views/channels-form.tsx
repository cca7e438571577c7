/** The form of a channel, new or known: where to, what it is told, when it is quiet. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { listRules, projectNames } from "../api-rules";
import { KINDS, type Draft } from "../channels/draft";
import { ChannelEditor } from "../channels/editor";
import { made } from "../channels/made";
import { channelHref, channelsHref } from "../channels/place";
import type { Channel, ChannelKind } from "../channels/wire";
import { SEVERITY_WORDS } from "../channels/words";
import { say } from "../notice";
import { askAgain } from "../rulebook/asked";
import { useShortcuts } from "../shortcuts";
import { goWith, visit } from "../state";
import { useTitle } from "../title";
import type { Severity } from "../wire";
import { Back } from "./channels-back";
import { Events, Field, Hours, Names } from "./channels-fields";
import { Leaving } from "./rules-leaving";

const KIND_TITLES: Record<ChannelKind, string> = {
  standard: "Signed webhook",
  alertmanager: "Alertmanager",
  apprise: "Chat, mail, pagers",
};
const ADDRESSES: Record<ChannelKind, { placeholder: string; hint: string }> = {
  standard: { placeholder: "https://example.com/hooks/lineside", hint: "Messages are posted to it as JSON, signed." },
  alertmanager: { placeholder: "https://example.com/alertmanager", hint: "It gets the webhook body of version 4." },
  apprise: {
    placeholder: "slack://TokenA/TokenB/TokenC/#channel",
    hint: "An address of Apprise: slack://, discord://, tgram://, msteams://, pagerduty://, mailto://, …",
  },
};

export function AddChannel({ kind }: { kind: ChannelKind }) {
  const editor = useMemo(
    () =>
      new ChannelEditor(null, kind, ({ id, name, secret }) => {
        if (secret !== null) made.value = { id, secret };
        visit(channelHref(id));
        say(`${name} is added. Send a test to see whether it arrives.`);
      }),
    [],
  );
  useTitle("Add a channel");
  return (
    <>
      <Back href={channelsHref()} words="All channels" />
      <h1>Add a channel</h1>
      <Form editor={editor} label="Add a channel" />
    </>
  );
}

export function ChangeChannel({ channel }: { channel: Channel }) {
  const editor = useMemo(
    () =>
      new ChannelEditor(channel, channel.kind, ({ id, name }) => {
        askAgain();
        visit(channelHref(id));
        say(`Saved ${name}. It counts from the next message on.`);
      }),
    [],
  );
  return (
    <>
      <Back href={channelHref(channel.id)} words={channel.name} />
      <h1>{`Change ${channel.name}`}</h1>
      <Form editor={editor} label={`Change ${channel.name}`} />
    </>
  );
}

function Form({ editor, label }: { editor: ChannelEditor; label: string }) {
  const form = useRef<HTMLFormElement>(null);
  const { at, rest } = editor.faults.value;
  const isNew = editor.channel === null;
  const save = (): void => {
    void editor.save();
  };
  useShortcuts([{ key: "mod+s", words: "Save the channel", act: save }]);
  // A fault that has just come is where one goes on.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [[...at.keys()].join(" ")]);
  return (
    <form
      ref={form}
      class="card rule-form channel-form"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      {rest.map((fault) => (
        <p key={fault} class="fault" role="alert">
          {fault}
        </p>
      ))}
      {isNew && <Kinds editor={editor} />}
      <Where editor={editor} />
      <What editor={editor} />
      <When editor={editor} />
      <div class="rule-buttons">
        <button type="submit" class="primary" disabled={editor.isBusy.value || (!isNew && !editor.isDirty.value)}>
          {isNew ? "Add the channel" : "Save"}
        </button>
        <a href={isNew ? channelsHref() : channelHref(editor.channel.id)}>Cancel</a>
      </div>
      <Leaving isDirty={editor.isDirty} what="channel" />
    </form>
  );
}

function Kinds({ editor }: { editor: ChannelEditor }) {
  const { kind } = editor.draft.value;
  return (
    <fieldset class="kinds">
      <legend>What takes its messages</legend>
      {KINDS.map((one) => (
        <label key={one} class="check">
          <input
            type="radio"
            name="kind"
            checked={one === kind}
            onChange={() => {
              editor.write({ kind: one }, "url");
              goWith({ add: one });
            }}
          />
          {KIND_TITLES[one]}
        </label>
      ))}
    </fieldset>
  );
}

function Where({ editor }: { editor: ChannelEditor }) {
  const { kind, name, url, secret } = editor.draft.value;
  const { channel } = editor;
  const address = ADDRESSES[kind];
  return (
    <fieldset>
      <legend>Where to</legend>
      <div class="rule-fields wide">
        <Field
          editor={editor}
          place="url"
          label="Address"
          value={url}
          placeholder={channel ? "kept as it is; write another to replace it" : address.placeholder}
          hint={channel ? `Kept: ${channel.target}; the rest of it is never shown.` : address.hint}
          onWrite={(text) => ({ url: text })}
        />
        <Field
          editor={editor}
          place="name"
          label="Name"
          value={name}
          placeholder={channel ? "" : "that of its host"}
          onWrite={(text) => ({ name: text })}
        />
        {channel === null && kind === "standard" && (
          <Field
            editor={editor}
            place="secret"
            label="Secret"
            value={secret}
            placeholder="made here, and shown once"
            hint="One of your own is whsec_ and 24 to 96 bytes in base64."
            onWrite={(text) => ({ secret: text })}
          />
        )}
      </div>
    </fieldset>
  );
}

const SEVERITIES: readonly Severity[] = ["critical", "warning", "info"];

function What({ editor }: { editor: ChannelEditor }) {
  const { severity, projects, rules } = editor.draft.value;
  const known = useKnown();
  return (
    <fieldset>
      <legend>What it is told</legend>
      <div class="rule-fields">
        <p class="rule-field">
          <label for="severity">Severity</label>
          <select
            id="severity"
            value={severity}
            onChange={({ currentTarget: { value } }) => {
              editor.write({ severity: SEVERITIES.find((one) => one === value) ?? "warning" }, "filters.severity");
            }}
          >
            {SEVERITIES.map((one) => (
              <option key={one} value={one}>
                {SEVERITY_WORDS[one]}
              </option>
            ))}
          </select>
        </p>
        <Names
          editor={editor}
          place="filters.projects"
          noun="project"
          names={projects}
          known={known.projects}
          onWrite={(names): Partial<Draft> => ({ projects: names })}
        />
        <Names
          editor={editor}
          place="filters.rules"
          noun="rule"
          names={rules}
          known={known.rules}
          onWrite={(names): Partial<Draft> => ({ rules: names })}
        />
      </div>
      <Events editor={editor} />
    </fieldset>
  );
}

function When({ editor }: { editor: ChannelEditor }) {
  const { enabled } = editor.draft.value;
  return (
    <fieldset class="when">
      <legend>When</legend>
      <label class="check">
        <input
          type="checkbox"
          checked={enabled}
          onChange={({ currentTarget: { checked } }) => {
            editor.write({ enabled: checked });
          }}
        />
        On
      </label>
      <Hours editor={editor} />
    </fieldset>
  );
}

/** The projects and rules that there are, to complete what is typed. */
function useKnown(): { projects: readonly string[]; rules: readonly string[] } {
  const [projects, setProjects] = useState<readonly string[]>([]);
  const [rules, setRules] = useState<readonly string[]>([]);
  useEffect(() => {
    const unknown = (): undefined => undefined; // without them a name is typed in full
    projectNames().then(setProjects, unknown);
    listRules().then((page) => {
      setRules(page.items.map(({ id }) => id));
    }, unknown);
  }, []);
  return { projects, rules };
}

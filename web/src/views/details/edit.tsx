/** Fields that a person writes on a run in place: name, tags and notes. */
import { useEffect, useRef, useState } from "preact/hooks";
import { addTag } from "../../details/facts";

type Save<T> = (value: T) => Promise<boolean>;

const LONGEST_NAME = 256;
const LONGEST_TAG = 128;

export function NameField({ name, save }: { name: string; save: Save<string> }) {
  const [typed, setTyped] = useState(name);
  useEffect(() => {
    setTyped(name);
  }, [name]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const next = typed.trim();
    if (next === "" || next === name) setTyped(name);
    else void save(next);
  };
  return (
    <form class="written-line" onSubmit={submit}>
      <label for="run-name">Name</label>
      <input
        id="run-name"
        value={typed}
        maxLength={LONGEST_NAME}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
        }}
      />
      <button type="submit" disabled={typed.trim() === "" || typed.trim() === name}>
        Rename
      </button>
    </form>
  );
}

export function TagsField({ tags, save }: { tags: readonly string[]; save: Save<string[]> }) {
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const next = addTag(tags, input.current?.value ?? "");
    if (next.length === tags.length) return;
    void save(next).then((isSaved) => {
      if (isSaved && input.current) input.current.value = "";
    });
  };
  return (
    <div class="written-line">
      <label for="run-tags">Tags</label>
      <span class="tags">
        {tags.map((tag) => (
          <span class="tag" key={tag}>
            {tag}
            <button
              type="button"
              class="quiet"
              aria-label={`Remove the tag ${tag}`}
              onClick={() => {
                void save(tags.filter((one) => one !== tag));
              }}
            >
              ✕
            </button>
          </span>
        ))}
        <form onSubmit={submit}>
          <input id="run-tags" ref={input} maxLength={LONGEST_TAG} placeholder="Add a tag" size={12} />
          <button type="submit">Add</button>
        </form>
      </span>
    </div>
  );
}

/** A draft is kept while somebody else writes: saving says which of the two stands. */
export function NotesField({ notes, save }: { notes: string; save: Save<string> }) {
  const [draft, setDraft] = useState<string | null>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (draft === null) return;
    void save(draft).then((isSaved) => {
      if (isSaved) setDraft(null);
    });
  };
  const isChanged = draft !== null && draft !== notes;
  return (
    <form class="written-line" onSubmit={submit}>
      <label for="run-notes">Notes</label>
      <textarea
        id="run-notes"
        rows={5}
        maxLength={100_000}
        placeholder="What this run is for, and what came of it"
        value={draft ?? notes}
        onInput={(event) => {
          setDraft(event.currentTarget.value);
        }}
      />
      <span>
        <button type="submit" disabled={!isChanged}>
          Save
        </button>
        {isChanged && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              setDraft(null);
            }}
          >
            Discard
          </button>
        )}
      </span>
    </form>
  );
}

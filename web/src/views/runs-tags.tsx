/** Tags of the selected runs: each is on all of them, on some or on none. */
import { useMemo, useRef, useState } from "preact/hooks";
import { runsIn } from "../runs/bulk";
import type { Hands } from "../runs/hands";
import type { RunsStore } from "../runs/store";
import { Modal } from "./runs-ask";

interface TagsAsked {
  ids: readonly string[];
  store: RunsStore;
  hands: Hands;
}

export function TagButton(asked: TagsAsked) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        onClick={() => {
          setOpen(true);
        }}
      >
        Tag…
      </button>
      {isOpen && (
        <Tags
          {...asked}
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </>
  );
}

/** How many of the runs bear each tag that is there. */
export function tagCounts(ids: readonly string[], store: Pick<RunsStore, "run">): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) for (const tag of store.run(id)?.tags ?? []) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return counts;
}

function Tags({ ids, store, hands, onClose }: TagsAsked & { onClose: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  // As they were when the dialog opened: nothing moves under the pointer.
  const counts = useMemo(() => tagCounts(ids, store), []);
  const known = useMemo(() => [...new Set([...counts.keys(), ...store.shown.peek().tags])].sort(), []);
  const put = (tag: string): void => {
    void hands.tag(ids, `tagged ${tag}`, (tags) => [...new Set([...tags, tag])]);
    onClose();
  };
  const take = (tag: string): void => {
    void hands.tag(ids, `no longer tagged ${tag}`, (tags) => tags.filter((one) => one !== tag));
    onClose();
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    const tag = input.current?.value.trim() ?? "";
    if (tag !== "") put(tag);
  };
  return (
    <Modal title={`Tag ${runsIn(ids.length)}`} onClose={onClose}>
      <div class="tags" role="group" aria-label="Tags">
        {known.map((tag) => {
          const isOnAll = counts.get(tag) === ids.length;
          return (
            <button
              key={tag}
              type="button"
              class="chip pill"
              aria-pressed={isOnAll ? true : counts.has(tag) ? "mixed" : false}
              onClick={() => {
                if (isOnAll) take(tag);
                else put(tag);
              }}
            >
              {tag}
            </button>
          );
        })}
      </div>
      <form class="field" onSubmit={onSubmit}>
        <label for="new-tag">New tag</label>
        <input id="new-tag" ref={input} maxLength={128} autocomplete="off" autofocus />
        <button type="submit">Add</button>
      </form>
      <div class="actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}

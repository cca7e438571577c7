/** The field that filters the runs by words. */
import { useRef } from "preact/hooks";
import { useShortcuts } from "../shortcuts";
import { goWith, query } from "../state";

/** From the filter into the list: asked for by an event, for the list alone knows its lines. */
export const FIRST_LINE = "lineside-first-line";

export function Filter() {
  const input = useRef<HTMLInputElement>(null);
  useShortcuts([{ key: "/", words: "Filter the runs", act: () => input.current?.select() }]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      window.dispatchEvent(new Event(FIRST_LINE));
    }
    if (event.key !== "Escape") return;
    goWith({ q: null });
    input.current?.blur();
  };
  return (
    <label class="filter">
      <span class="unseen">Filter runs</span>
      <input
        ref={input}
        type="search"
        placeholder="Filter by name, project, state or tag"
        value={query.value.get("q") ?? ""}
        onInput={(event) => {
          const { value } = event.currentTarget;
          goWith({ q: value === "" ? null : value });
        }}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

/** One quiet line over the board: the axis, smoothing, the window, the filter, the attempt, and where the cursor is. */
import { useEffect } from "preact/hooks";
import { formatCount } from "../format";
import { say } from "../notice";
import type { RunStore } from "../run";
import { isTyping, useShortcuts } from "../shortcuts";
import { useCommands } from "../commands";
import "../styles/lens.css";
import { whyNot } from "./axis";
import { Attempts, attemptWords, Filter, SmoothingChoice } from "./toolbar-parts";
import { cursorWords } from "./cursor-words";
import { lens, lookAlong, lookAt, X_AXES, type Window, type XAxis } from "./lens";
import type { Sight } from "./sight";
import { moved, shownOf, zoomed } from "./window";

const AXIS_WORDS: Record<XAxis, string> = {
  step: "step",
  update: "update",
  epoch: "epoch",
  relative: "duration",
  wall: "time",
};
const AXIS_TITLES: Record<XAxis, string> = {
  step: "Steps as they were logged",
  update: "Updates of the optimizer",
  epoch: "Epochs",
  relative: "Time since the start",
  wall: "Time of day",
};

interface Props {
  store: RunStore;
  sight: Sight;
}

export function Toolbar({ store, sight }: Props) {
  useKeys(sight);
  return (
    <div class="lens" role="region" aria-label="How the charts are shown">
      <Axes store={store} sight={sight} />
      <SmoothingChoice />
      <Zoom store={store} sight={sight} />
      <Filter />
      <Attempts store={store} />
      <Cursor sight={sight} />
    </div>
  );
}

function Axes({ store, sight }: Props) {
  // Told again when a series or the run's intent comes; facts are read without being followed.
  const known = [store.keys.value, store.run.value?.intent];
  const facts = known.length > 0 ? sight.facts() : sight.facts();
  return (
    <div class="choice" role="group" aria-label="X axis">
      {X_AXES.map((axis) => {
        const reason = whyNot(axis, facts);
        return (
          <button
            type="button"
            key={axis}
            aria-pressed={lens.x.value === axis}
            aria-disabled={reason !== ""}
            title={reason === "" ? AXIS_TITLES[axis] : reason}
            onClick={() => {
              if (reason === "") lookAlong(axis);
              else say(reason);
            }}
          >
            {AXIS_WORDS[axis]}
          </button>
        );
      })}
    </div>
  );
}

function Zoom({ store, sight }: Props) {
  const window = lens.window.value;
  const end = store.run.value?.last_step ?? 0;
  const by = (factor: number) => () => {
    lookAt(zoomed(lens.window.peek(), sight.whole(), factor, lens.cursor.peek() ?? undefined));
  };
  return (
    <div class="zoom" role="group" aria-label="Steps that are shown">
      <button type="button" aria-label="Look closer" title="Look closer (+), or drag over a chart" onClick={by(0.5)}>
        +
      </button>
      <button
        type="button"
        aria-label="Look from farther away"
        title="Look from farther away (−)"
        disabled={!window}
        onClick={by(2)}
      >
        −
      </button>
      <button
        type="button"
        class="whole"
        disabled={!window}
        title="Show the whole run (0), or double click on a chart"
        onClick={() => {
          lookAt(null);
        }}
      >
        whole run
      </button>
      <span class="dim" role="status">
        {window ? windowWords(window, [0, end]) : ""}
      </span>
    </div>
  );
}

function windowWords(window: Window, whole: Window): string {
  const [from, to] = shownOf(window, whole);
  return `steps ${formatCount(from)} to ${window[1] === Infinity ? "the end" : formatCount(to)}`;
}

/** The cursor on every scale, and while there is none, what else must be known; its room is always there. */
function Cursor({ sight }: Pick<Props, "sight">) {
  const step = lens.cursor.value;
  return <span class="cursor">{step === null ? attemptWords(lens.attempt.value) : cursorWords(step, sight)}</span>;
}

function useKeys(sight: Sight): void {
  const zoom = (factor: number) => () => {
    lookAt(zoomed(lens.window.peek(), sight.whole(), factor, lens.cursor.peek() ?? undefined));
  };
  const whole = (): void => {
    lookAt(null);
  };
  const never = (): void => undefined; // heard below: a key of its own it is only by Shift
  useShortcuts([
    { key: "+", words: "Look closer at the charts", act: zoom(0.5) },
    { key: "-", words: "Look from farther away", act: zoom(2) },
    { key: "0", words: "Show the whole run", act: whole },
    { key: "Shift+←/→", words: "Move the window", act: never },
  ]);
  useCommands(
    () => [
      { id: "lens-whole", title: "Show the whole run on the charts", group: "Charts", key: "0", act: whole },
      ...X_AXES.map((axis) => ({
        id: `lens-x-${axis}`,
        title: `Show the charts along ${AXIS_TITLES[axis].toLowerCase()}`,
        group: "Charts",
        act: () => {
          if (whyNot(axis, sight.facts()) === "") lookAlong(axis);
        },
      })),
    ],
    [],
  );
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
      if (by === 0 || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.defaultPrevented || isTyping(event.target) || !lens.window.peek()) return;
      event.preventDefault();
      lookAt(moved(lens.window.peek(), sight.whole(), by / 4));
    };
    window.addEventListener("keydown", press);
    return () => {
      window.removeEventListener("keydown", press);
    };
  }, [sight]);
}

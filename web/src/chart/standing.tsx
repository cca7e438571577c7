/** Why a chart is not drawn, in a sentence, and what can be done about it. */
import type { Subject } from "./actions/items";
import { toggleTable } from "./choices";
import type { LiveState } from "../live";
import { loadLibrary, type library } from "./library";
import { WAITING } from "./spec";

export interface Standing {
  words: string;
  /** Of something that is on its way: told only if it takes its time. */
  isWait?: boolean;
  isFault?: boolean;
}

/** What stands in the place of the chart; `null` where it is drawn. */
export function stateOf(
  empty: string,
  fault: string,
  loading: typeof library.value,
  connection: LiveState,
): Standing | null {
  if (fault !== "") return { words: `This chart could not be drawn: ${fault}`, isFault: true };
  if (empty === WAITING && connection === "waiting") {
    return { words: "The connection was lost before this chart had come. It comes when the connection is back." };
  }
  if (empty === WAITING) return { words: WAITING, isWait: true };
  if (empty !== "") return { words: empty };
  if (loading === "failed") return { words: "The charts could not be loaded from the server.", isFault: true };
  return loading === "loading" ? { words: WAITING, isWait: true } : null;
}

interface NotDrawnProps {
  subject: Subject;
  standing: Standing;
  onRetry: () => void;
}

export function NotDrawn({ subject, standing, onRetry }: NotDrawnProps) {
  const { spec, picture, asTable } = subject;
  const { words, isWait = false, isFault = false } = standing;
  const retry = (): void => {
    loadLibrary();
    onRetry();
  };
  return (
    <div class={isWait ? "empty wait" : "empty"}>
      <p>{words}</p>
      {isFault && (
        <p class="actions">
          <button type="button" onClick={retry}>
            Try again
          </button>
          {picture.columns.length > 0 && !asTable && (
            <button
              type="button"
              onClick={() => {
                toggleTable(spec);
              }}
            >
              Show the table
            </button>
          )}
        </p>
      )}
    </div>
  );
}

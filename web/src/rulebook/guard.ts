/** Keeps what is not saved: the address stays until it is said whether to leave, and the browser asks before it closes. */
import { signal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { parseQuery, parseRoute } from "../route";
import { guard, visit } from "../state";

/** The editor that an address opens: the rest of its query may change under it. */
const placeOf = (hash: string): string =>
  JSON.stringify([
    parseRoute(hash),
    ...["metric", "edit"].map((name) => parseQuery(hash).get(name)),
    parseQuery(hash).has("add"),
  ]);

/** Where somebody wants to go who has not saved. */
export const leaving = signal<string | null>(null);

const ANYWHERE = guard.allows;

/** While something is unsaved, a step to another place is taken back and kept in `leaving`. */
export function useGuard(isDirty: ReadonlySignal<boolean>): { stay: () => void; leave: () => void } {
  useEffect(() => {
    const home = placeOf(window.location.hash);
    let last = window.location.hash;
    const onClose = (event: BeforeUnloadEvent): void => {
      if (isDirty.peek()) event.preventDefault();
    };
    guard.allows = (hash) => {
      if (!isDirty.peek() || placeOf(hash) === home) {
        last = hash;
        return true;
      }
      window.history.pushState(null, "", last);
      leaving.value = hash;
      return false;
    };
    window.addEventListener("beforeunload", onClose);
    return () => {
      guard.allows = ANYWHERE;
      window.removeEventListener("beforeunload", onClose);
      leaving.value = null;
    };
  }, []);
  return {
    stay: () => {
      leaving.value = null;
    },
    leave: () => {
      const to = leaving.peek();
      guard.allows = ANYWHERE;
      leaving.value = null;
      if (to !== null) visit(to === "" ? "#/" : to);
    },
  };
}

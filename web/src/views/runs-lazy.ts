/** Parts of the list that come after its first rows, each in a file of its own. */
import { useEffect, useState } from "preact/hooks";

const loaded = new Map<string, unknown>();

/** What `load` gives, once it is wanted; `null` until it is there. What was loaded once is there at once. */
export function useLazy<Part>(name: string, load: () => Promise<Part>, isWanted: boolean): Part | null {
  const [part, setPart] = useState<Part | null>((loaded.get(name) as Part | undefined) ?? null);
  useEffect(() => {
    if (!isWanted || part !== null) return;
    let isThere = true;
    load().then(
      (found) => {
        loaded.set(name, found);
        if (isThere) setPart(found);
      },
      () => undefined, // the list itself stands without it
    );
    return () => {
      isThere = false;
    };
  }, [isWanted]);
  return part;
}

/** A feed of a run's events that lives as long as its tab: it hears the socket, and catches up after a lost connection. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { listEvents } from "../../api-details";
import { Feed } from "../../details/feed";
import type { RunStore } from "../../run";
import { connection } from "../../state";
import type { RunEvent } from "../../wire";

interface Wanted {
  types: readonly string[];
  matches: (event: RunEvent) => boolean;
  page: number;
  most: number;
}

/** `mark` tells one filter from another: with a new one the feed begins anew. */
export function useFeed(store: RunStore, wanted: Wanted, mark: string): Feed {
  const feed = useMemo(() => {
    const { types, matches, page, most } = wanted;
    return new Feed({
      fetch: (newestFirst, cursor, limit) => listEvents(store.id, { types, newestFirst, cursor, limit }),
      takes: (event) => types.includes(event.type),
      matches,
      page,
      most,
    });
  }, [store, mark]);
  const wasLost = useRef(false);
  useEffect(() => {
    const hear = (event: RunEvent): void => {
      feed.hear(event);
    };
    store.hearers.add(hear);
    void feed.restart();
    const unlisten = connection.subscribe((state) => {
      if (state === "waiting") wasLost.current = true;
      if (state === "open" && wasLost.current) {
        wasLost.current = false;
        void feed.catchUp();
      }
    });
    return () => {
      store.hearers.delete(hear);
      unlisten();
    };
  }, [store, feed]);
  return feed;
}

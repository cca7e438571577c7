/** What the palette offers for the list of runs. */
import { useCommands, type Command } from "../commands";
import { compareHref, runsHref } from "../route";
import { GROUPINGS, type Wish } from "../runs/arrange";
import { runsIn } from "../runs/bulk";
import { STATES } from "../runs/columns";
import { withAll } from "../runs/selection";
import type { RunsStore } from "../runs/store";
import { goWith, visit } from "../state";
import { STATE_WORDS } from "./state-pill";

/** Each goes to a state of the list, or to another place. */
interface Offer {
  id: string;
  title: string;
  key?: string;
  act: () => void;
}

const NO_FILTER = { q: null, state: null, project: null };

function asking(id: string, title: string, changes: Parameters<typeof goWith>[0]): Offer {
  const act = (): void => {
    goWith(changes);
  };
  return { id, title, act };
}

function leading(id: string, title: string, href: string, key?: string): Offer {
  const act = (): void => {
    visit(href);
  };
  return key === undefined ? { id, title, act } : { id, title, key, act };
}

function commandsOf(store: RunsStore, wish: Wish): Command[] {
  const selected = [...store.selected.peek()];
  const all = (): void => {
    store.choose(withAll(store.selected.peek(), store.shown.peek().ids, true));
  };
  const compare = leading("compare", `Compare ${runsIn(selected.length)}`, compareHref(selected), "c");
  const offers: Offer[] = [
    ...(selected.length > 1 && !store.deleted ? [compare] : []),
    { id: "all", title: "Select all runs that are shown", act: all },
    ...GROUPINGS.map((group) => asking(`by-${group}`, `Group runs by ${group}`, { group, fold: null })),
    ...(wish.group ? [asking("flat", "Show runs without groups", { group: null, fold: null })] : []),
    ...STATES.map((one) => asking(one, `Show runs that are ${STATE_WORDS[one].toLowerCase()}`, { state: [one] })),
    asking("everything", "Show all runs", NO_FILTER),
    leading("deleted", "Show deleted runs", runsHref({ deleted: "1" })),
  ];
  return offers.map((offer) => ({ ...offer, id: `runs-${offer.id}`, group: "Runs" }));
}

export function Commands({ store, wish }: { store: RunsStore; wish: Wish }) {
  useCommands(() => commandsOf(store, wish), [store.selected.value, wish]);
  return null;
}

/** The inbox: what is wrong in all runs, one line an incident, the worst first. */
import { useEffect, useMemo } from "preact/hooks";
import "../styles/findings.css";
import "../styles/inbox.css";
import { parseFilter } from "../inbox/filter";
import { Hands } from "../inbox/hands";
import { InboxStore } from "../inbox/store";
import { wantMutes } from "../mutes";
import { useShortcuts } from "../shortcuts";
import { query } from "../state";
import { NoteDialog, SilenceDialog } from "./alerts-dialogs";
import { Filters } from "./alerts-filter";
import { focusedId, GroupOf, walk } from "./alerts-group";
import { Standing } from "./alerts-standing";

export default function AlertsView() {
  const store = useMemo(() => new InboxStore(), []);
  const hands = useMemo(() => new Hands(store, focusedId), [store]);
  const filter = parseFilter(query.value);
  useEffect(() => {
    store.open();
    return () => {
      store.close();
    };
  }, [store]);
  useEffect(() => {
    store.show(filter);
  }, [store, JSON.stringify(filter)]);
  useEffect(wantMutes, []);
  useKeys(store, hands);
  const onKeyDown = (event: KeyboardEvent): void => {
    walk(event, hands);
  };
  return (
    <>
      <div class="bar">
        <h1>Alerts</h1>
        <a class="dim" href="#/channels">
          Who is told
        </a>
        <Filters filter={filter} store={store} />
      </div>
      <Standing store={store} hands={hands} filter={filter} />
      <div class="inbox" onKeyDown={onKeyDown}>
        {store.groups.value.map((group) => (
          <GroupOf key={group.runId} group={group} store={store} hands={hands} />
        ))}
      </div>
      {store.more.value && <More store={store} />}
      <Dialogs store={store} hands={hands} />
    </>
  );
}

function useKeys(store: InboxStore, hands: Hands): void {
  useShortcuts([
    {
      key: "a",
      words: "Acknowledge what is selected, or the line in focus",
      act: () => {
        hands.acknowledge();
      },
    },
    {
      key: "A",
      words: "Acknowledge with a note",
      act: () => {
        hands.ask("note");
      },
    },
    {
      key: "s",
      words: "Silence what is selected, or the line in focus",
      act: () => {
        hands.ask("silence");
      },
    },
    {
      key: "m",
      words: "Mute the rule of the line in focus for its project, or end that",
      act: () => {
        hands.muteOrEnd();
      },
    },
    {
      key: ".",
      words: "Show the incidents that wait",
      act: () => {
        store.release();
      },
    },
  ]);
}

function More({ store }: { store: InboxStore }) {
  const onClick = (): void => {
    store.loadMore();
  };
  return (
    <button type="button" class="more" onClick={onClick}>
      Earlier incidents
    </button>
  );
}

function Dialogs({ store, hands }: { store: InboxStore; hands: Hands }) {
  const asking = hands.asking.value;
  if (asking === null) return null;
  const run = store.runs.value.get(asking.about[0]?.run_id ?? "");
  if (asking.what === "note") return <NoteDialog alerts={asking.about} onClose={hands.close} onDone={hands.noted} />;
  return <SilenceDialog alerts={asking.about} run={run} onClose={hands.close} onDone={hands.silenced} />;
}

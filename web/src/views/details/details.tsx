/** What there is of a run beside its charts, in tabs; nothing of a tab is fetched before it is opened. */
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import "../../styles/details.css";
import "../../styles/output.css";
import type { RunStore } from "../../run";
import { goWith, query } from "../../state";
import { About } from "./about";
import { Config } from "./config";
import { Events } from "./events";
import { Log } from "./log";
import { System } from "./system";

interface Tab {
  id: string;
  title: string;
  View: ComponentType<{ store: RunStore }>;
}

const FIRST: Tab = { id: "about", title: "About", View: About };
const TABS: readonly Tab[] = [
  FIRST,
  { id: "config", title: "Config", View: Config },
  { id: "events", title: "Events", View: Events },
  { id: "log", title: "Log", View: Log },
  { id: "system", title: "System", View: System },
];
/** What a tab keeps in the address; another tab begins without it. */
const NOTHING = { find: null, kind: null, level: null };

function open(id: string): void {
  goWith({ ...NOTHING, tab: id });
  document.getElementById(`tab-${id}`)?.focus();
}

const MOVES: Record<string, (index: number) => number> = {
  ArrowRight: (index) => (index + 1) % TABS.length,
  ArrowLeft: (index) => (index + TABS.length - 1) % TABS.length,
  Home: () => 0,
  End: () => TABS.length - 1,
};

export default function Details({ store }: { store: RunStore }) {
  const asked = query.value.get("tab");
  const chosen = TABS.find((tab) => tab.id === asked) ?? FIRST;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // An address that names a tab points here; a click on one does not move the page.
    if (asked !== null) list.current?.scrollIntoView({ block: "start" });
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = MOVES[event.key]?.(TABS.indexOf(chosen));
    if (next === undefined) return;
    event.preventDefault();
    open(TABS[next]?.id ?? FIRST.id);
  };
  const { View } = chosen;
  return (
    <>
      <div class="tabs" role="tablist" aria-label="Details" ref={list} onKeyDown={onKeyDown}>
        {TABS.map(({ id, title }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-selected={id === chosen.id}
            aria-controls="tab-panel"
            tabIndex={id === chosen.id ? 0 : -1}
            onClick={() => {
              open(id);
            }}
          >
            {title}
          </button>
        ))}
      </div>
      <div class="panel" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${chosen.id}`} key={chosen.id}>
        <View store={store} />
      </div>
    </>
  );
}

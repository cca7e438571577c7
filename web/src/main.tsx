/** The page's frame: the top line, and the view that the address asks for. What can wait comes a moment later. */
import { render, type ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import "./theme.css";
import "./styles/parts.css";
import { isMac, MOD_K, startShortcuts, useShortcuts } from "./shortcuts";
import { overlay } from "./overlay";
import { connection, epoch, route, startState, tokenWanted } from "./state";
import { openCount, startTitle } from "./title";
import { LazyView } from "./views/lazy";

const FRAME_AFTER_MS = 1000;
const PAGES = [
  { title: "Runs", href: "#/", views: ["runs", "run", "compare"] },
  { title: "Alerts", href: "#/alerts", views: ["alerts"] },
  { title: "Rules", href: "#/rules", views: ["rules", "rule"] },
  { title: "Settings", href: "#/settings", views: ["settings", "channels", "channel"] },
];

function Top() {
  const { view } = route.value;
  return (
    <header class="top">
      <a class="logo" href="#/">
        lineside
      </a>
      <nav aria-label="Pages">
        {PAGES.map(({ title, href, views }) => (
          <a key={href} href={href} aria-current={views.includes(view) ? "page" : undefined}>
            {title}
            {title === "Alerts" && <OpenCount />}
          </a>
        ))}
      </nav>
      <Connection />
      <button
        type="button"
        class="search"
        aria-keyshortcuts={isMac ? "Meta+K" : "Control+K"}
        onClick={() => (overlay.value = "palette")}
      >
        Search <kbd aria-hidden="true">{isMac ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      <button type="button" class="quiet keys" aria-label="Keyboard" onClick={() => (overlay.value = "help")}>
        ?
      </button>
    </header>
  );
}

/** How many incidents are open in live runs, in a room of its own: nothing moves when it comes. */
function OpenCount() {
  const count = openCount.value;
  if (count === 0) return null;
  return (
    <b title="Incidents open in live runs">
      <span class="unseen">, open in live runs: </span>
      {count > 99 ? "99+" : count}
    </b>
  );
}

/** A lost connection is a small word, not a veil; its room is always there. */
function Connection() {
  const state = connection.value;
  const lost = state === "waiting" && !tokenWanted.value;
  return (
    <span class="connection" role="status">
      {lost ? "Reconnecting…" : ""}
    </span>
  );
}

function View() {
  const where = route.value;
  const name = tokenWanted.value ? "sign-in" : where.view;
  const id = "id" in where ? where.id : "";
  return <LazyView key={`${name} ${id} ${epoch.value}`} name={name} id={id} />;
}

/** What is not needed for the first sight: palette, help, the tab's signal, notices, places. */
function LazyFrame() {
  const [Frame, setFrame] = useState<ComponentType | null>(null);
  const isWanted = overlay.value !== null;
  useEffect(() => {
    const load = (): void => {
      import("./views/frame").then(
        (module) => {
          setFrame(() => module.default);
        },
        () => undefined, // the page works without it
      );
    };
    const timer = window.setTimeout(load, isWanted ? 0 : FRAME_AFTER_MS);
    return () => {
      window.clearTimeout(timer);
    };
  }, [isWanted]);
  return Frame && <Frame />;
}

function Page() {
  const main = useRef<HTMLElement>(null);
  useShortcuts([
    {
      key: MOD_K,
      words: "Search: a run, a place or a command",
      act: () => (overlay.value = "palette"),
      everywhere: true,
    },
    { key: "?", words: "Show the keys", act: () => (overlay.value = "help"), everywhere: true },
  ]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Top />
      <main ref={main} tabIndex={-1}>
        <View />
      </main>
      <LazyFrame />
    </>
  );
}

startState();
startShortcuts();
startTitle();
const root = document.getElementById("app");
if (root) render(<Page />, root);

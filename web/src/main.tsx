/** The page's frame: the top line, and the view that the address asks for. */
import { render } from "preact";
import "./theme.css";
import "./styles/parts.css";
import "./styles/help.css";
import { startShortcuts } from "./shortcuts";
import { connection, epoch, route, startState, tokenWanted } from "./state";
import { LazyView } from "./views/lazy";
import { NotFound } from "./views/not-found";
import { NoticeLine } from "./views/notice";
import { TokenForm } from "./views/token";

const PAGES = [
  { title: "Runs", href: "#/", views: ["runs", "run", "compare"] },
  { title: "Alerts", href: "#/alerts", views: ["alerts"] },
  { title: "Rules", href: "#/rules", views: ["rules", "rule"] },
  { title: "Settings", href: "#/settings", views: ["settings"] },
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
          </a>
        ))}
      </nav>
      <Connection />
    </header>
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
  if (tokenWanted.value) return <TokenForm />;
  if (where.view === "lost") return <NotFound />;
  const id = "id" in where ? where.id : "";
  return <LazyView key={`${where.view} ${id} ${epoch.value}`} route={where} />;
}

function Page() {
  return (
    <>
      <Top />
      <main>
        <View />
      </main>
      <NoticeLine />
    </>
  );
}

startState();
startShortcuts();
const root = document.getElementById("app");
if (root) render(<Page />, root);

/** The page's frame: the top line, and the view that the address asks for. */
import { render } from "preact";
import "./theme.css";
import "./styles/runs.css";
import "./styles/run.css";
import "./styles/findings.css";
import "./styles/help.css";
import "./styles/narrow.css";
import { connection, epoch, route, startState, tokenWanted } from "./state";
import { NotFound } from "./views/not-found";
import { RunView } from "./views/run";
import { RunsView } from "./views/runs";
import { TokenForm } from "./views/token";

function Top() {
  return (
    <header class="top">
      <a class="logo" href="#/">
        lineside
      </a>
      <nav aria-label="Pages">
        <a href="#/" aria-current={route.value.view === "runs" ? "page" : undefined}>
          Runs
        </a>
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
  if (where.view === "runs") return <RunsView key={`runs-${epoch.value}`} />;
  if (where.view === "run") return <RunView key={`${where.id}-${epoch.value}`} id={where.id} />;
  return <NotFound />;
}

function Page() {
  return (
    <>
      <Top />
      <main>
        <View />
      </main>
    </>
  );
}

startState();
const root = document.getElementById("app");
if (root) render(<Page />, root);

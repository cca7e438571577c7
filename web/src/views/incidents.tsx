/** The incidents beside the charts, each in the place where it was first seen. */
import { useEffect, useRef } from "preact/hooks";
import "../styles/findings.css";
import { arrange, type Incident, type Places } from "../findings";
import { formatCount } from "../format";
import type { RunStore } from "../run";
import { shortly } from "../verdict";
import { Coverage } from "./coverage";
import { Finding } from "./finding";
import { useLinked } from "./linked";

/** Where the incidents stand above the charts, and would push them. */
const NARROW = window.matchMedia("(max-width: 1080px)");

export function Incidents({ store }: { store: RunStore }) {
  useLinked(store);
  const places = useRef<Places | null>(null);
  const asked = store.released.value;
  const lastAsked = useRef(asked);
  const arranged = arrange(store.alerts.value, places.current, NARROW.matches && lastAsked.current === asked);
  const isFirst = places.current === null;
  const opensReasons = useRef(false);
  if (isFirst) opensReasons.current = store.run.peek()?.ended_at !== null && arranged.open.length === 0;
  places.current = arranged.places;
  useEffect(() => {
    lastAsked.current = asked;
  }, [asked]);
  const { open, notes, resolved, held } = arranged;
  const firing = open.filter((one) => one.root.state === "firing").length;
  return (
    <aside class="card findings" aria-label="Findings">
      <header>
        <h2>Incidents</h2>
        {held.length > 0 ? (
          <button
            type="button"
            class="quiet new headline"
            title={held.map((one) => shortly(one.root)).join("; ")}
            onClick={() => {
              store.released.value += 1;
            }}
          >
            {formatCount(held.length)} new: show
          </button>
        ) : (
          <span class="headline">{firing === 0 ? "none open" : `${formatCount(firing)} open`}</span>
        )}
      </header>
      <Coverage store={store} isOpen={opensReasons.current} />
      {open.map((one) => (
        <IncidentOf key={one.root.id} incident={one} store={store} />
      ))}
      <Folded title="Notes" incidents={notes} store={store} />
      <Folded title="Resolved" incidents={resolved} store={store} />
      <Pointed store={store} />
    </aside>
  );
}

function Folded({ title, incidents, store }: { title: string; incidents: readonly Incident[]; store: RunStore }) {
  if (incidents.length === 0) return null;
  return (
    <details class="folded">
      <summary>
        {title} ({formatCount(incidents.length)}): {named(incidents.map((one) => one.root.rule))}
      </summary>
      {incidents.map((one) => (
        <IncidentOf key={one.root.id} incident={one} store={store} />
      ))}
    </details>
  );
}

const named = (rules: readonly string[]): string => [...new Set(rules)].join(", ");

function IncidentOf({ incident: { root, follows, severity }, store }: { incident: Incident; store: RunStore }) {
  return (
    <article class={`incident ${root.state}`} id={`alert-${root.id}`} tabIndex={-1}>
      <Finding alert={root} severity={severity} store={store} />
      {follows.length > 0 && (
        <details class="folded">
          <summary>
            Explains {formatCount(follows.length)} more: {named(follows.map((one) => one.rule))}
          </summary>
          {follows.map((alert) => (
            <div class="incident follows" key={alert.id} id={`alert-${alert.id}`} tabIndex={-1}>
              <Finding alert={alert} store={store} />
            </div>
          ))}
        </details>
      )}
    </article>
  );
}

/** Says aloud what a click on a step did. */
function Pointed({ store }: { store: RunStore }) {
  const shown = store.shown.value;
  return (
    <p class="unseen" role="status">
      {shown === null ? "" : `Step ${formatCount(shown.step)} is marked on ${shown.keys.join(", ") || "the charts"}.`}
    </p>
  );
}

/** The page of one run: what is known, the facts, and the findings and charts, which are loaded last. */
import type { ComponentType } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import "../styles/run.css";
import { formatAge } from "../format";
import { nameOf } from "../roles";
import { RunStore } from "../run";
import { goTo } from "../scroll";
import { now } from "../state";
import { useTitle } from "../title";
import type { Run } from "../wire";
import { Facts, ProgressBar } from "./facts";
import { NotFound } from "./not-found";
import { StatePill } from "./state-pill";
import { StopButton } from "./stop";
import { Verdict } from "./verdict";

type ColumnsOf = ComponentType<{ store: RunStore }>;

export default function RunView({ id }: { id: string }) {
  const store = useMemo(() => new RunStore(id), [id]);
  useEffect(() => {
    store.open();
    return () => {
      store.close();
    };
  }, [store]);
  const run = store.run.value;
  const name = run ? nameOf(run) : id;
  useTitle(name, run);
  if (run?.deleted) return <NotFound message="This run was deleted." />;
  const fault = store.fault.value;
  if (fault?.status === 404) return <NotFound message={`${fault.message} It is looked for again every few seconds.`} />;
  if (fault && !run) return <NotFound message={fault.message} />;
  if (!run) return <p class="note">Loading the run…</p>;
  const show = (alert: string): void => {
    store.released.value += 1;
    // By the next frame it is there, if it waited to be asked for.
    requestAnimationFrame(() => {
      goTo(document.getElementById(`alert-${alert}`));
    });
  };
  return (
    <>
      <Header run={run} />
      <Verdict run={run} events={store.events.value} alerts={store.alerts.value} onShow={show} />
      <Facts run={run} />
      <ProgressBar run={run} />
      <LazyColumns store={store} />
    </>
  );
}

function Header({ run }: { run: Run }) {
  return (
    <div class="bar">
      <h1>{nameOf(run)}</h1>
      {run.project !== null && <span class="dim">{run.project}</span>}
      <StatePill state={run.state} reason={run.state_reason} />
      <span class="dim">
        last event <Age run={run} />
      </span>
      <span class="push">
        <StopButton run={run} />
      </span>
    </div>
  );
}

function Age({ run }: { run: Run }) {
  return <>{formatAge(run.last_event_at, now.value)}</>;
}

/** What needs most to load comes with the facts and the verdict on screen: an effect runs after they were painted. */
function LazyColumns({ store }: { store: RunStore }) {
  const [Columns, setColumns] = useState<ColumnsOf | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import("./columns").then(
      (module) => {
        setColumns(() => module.default);
      },
      () => {
        setFailed(true);
      },
    );
  }, []);
  if (failed) return <p class="note">The charts could not be loaded. Reload the page to try again.</p>;
  // Only with the first snapshot: findings that came a moment later would push the charts on a phone.
  return Columns && store.sighted.value ? <Columns store={store} /> : <p class="note">Loading the charts…</p>;
}

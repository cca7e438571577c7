/** The board: charts by role first, then every other series in groups; loaded after the facts are on screen. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { RunStore } from "../run";
import { Card } from "./card";
import { chartOf } from "./findings";
import { loadPlot } from "./plot";
import { otherGroups, roleSpecs } from "./roles";
import type { Board, Spec } from "./spec";
import { bringIntoView } from "../scroll";

/** Cards keep their specs: a chart that is laid out again for the same series stays the chart that it was. */
function useStable(specs: readonly Spec[]): Spec[] {
  const known = useRef(new Map<string, Spec>());
  return specs.map((spec) => {
    const kept = known.current.get(spec.id) ?? spec;
    known.current.set(spec.id, kept);
    return kept;
  });
}

export default function BoardView({ store }: { store: RunStore }) {
  const [ready, setReady] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    loadPlot().then(
      () => {
        setReady(true);
      },
      () => {
        setFailed(true);
      },
    );
  }, []);
  const board = useMemo(
    () => (): Board => ({
      run: store.run.peek() ?? never(),
      keys: store.keys.peek(),
      events: store.events.peek(),
      alerts: store.alerts.peek(),
      shown: store.shown.peek(),
      track: (key) => store.track(key),
      declared: store.declared,
    }),
    [store],
  );

  const keys = store.keys.value;
  const wasLive = useRef(isLive(store));
  const roles = useMemo(() => roleSpecs(board(), wasLive.current), [keys]);
  const groups = useMemo(() => otherGroups(board(), roles), [keys]);
  const card = (spec: Spec) => <Card key={spec.id} spec={spec} store={store} board={board} ready={ready} />;
  const stable = useStable([...roles, ...groups.flatMap((group) => group.specs)]);
  const specOf = new Map(stable.map((spec) => [spec.id, spec]));
  usePointing(store, () => chartOf(store.shown.peek()?.keys ?? [], stable, board()));
  if (failed) return <p class="note">The charts could not be loaded. Reload the page to try again.</p>;
  return (
    <div class="board">
      <div class="charts">{roles.map(card)}</div>
      {groups.map((group) => (
        <section key={group.name}>
          <h2>{group.name === "" ? "Other series" : group.name}</h2>
          <div class="charts small">{group.specs.map((spec) => card(specOf.get(spec.id) ?? spec))}</div>
        </section>
      ))}
    </div>
  );
}

/** Brings the chart of a step that is pointed out into view, once each time. */
function usePointing(store: RunStore, chart: () => Spec | undefined): void {
  const latest = useRef(chart);
  latest.current = chart;
  useEffect(
    () =>
      store.shown.subscribe((shown) => {
        const id = shown === null || shown.still ? undefined : latest.current()?.id;
        if (id !== undefined) bringIntoView(document.querySelector(`[data-chart="${CSS.escape(id)}"]`));
      }),
    [store],
  );
}

function isLive(store: RunStore): boolean {
  const state = store.run.peek()?.state;
  return state === "running" || state === "stalled";
}

/** The board is shown only once the run is known. */
function never(): never {
  throw new Error("The board was drawn without its run.");
}

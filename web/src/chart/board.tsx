/** The board: charts by role first, then every other series in groups; loaded after the facts are on screen. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { RunStore } from "../run";
import { pinned, pinsOf } from "./actions/pins";
import { Card } from "./card";
import { chartOf } from "./findings";
import { loadLibrary } from "./library";
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
  useEffect(loadLibrary, []);
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
  const card = (spec: Spec) => <Card key={spec.id} spec={spec} store={store} board={board} />;
  const stable = useStable([...roles, ...groups.flatMap((group) => group.specs)]);
  const specOf = new Map(stable.map((spec) => [spec.id, spec]));
  usePointing(store, () => chartOf(store.shown.peek()?.keys ?? [], stable, board()));
  const top = pinned(stable, pinsOf(store.run.value?.project ?? null));
  const isLeft = (spec: Spec): boolean => !top.some(({ id }) => id === spec.id);
  return (
    <div class="board">
      {top.length > 0 && (
        <section class="pinned">
          <h2>Pinned</h2>
          <div class="charts">{top.map(card)}</div>
        </section>
      )}
      <div class="charts">{roles.filter(isLeft).map(card)}</div>
      {groups
        .filter((group) => group.specs.some(isLeft))
        .map((group) => (
          <section key={group.name}>
            <h2>{group.name === "" ? "Other series" : group.name}</h2>
            <div class="charts small">
              {group.specs.filter(isLeft).map((spec) => card(specOf.get(spec.id) ?? spec))}
            </div>
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

/** The board: charts by role first, then every other series in groups; loaded after the facts are on screen. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { formatCount } from "../format";
import type { RunStore } from "../run";
import { bringIntoView } from "../scroll";
import { pinned, pinsOf } from "./actions/pins";
import { Card } from "./card";
import { chartOf } from "./findings";
import { lens, lookAt, unfold } from "./lens";
import { loadLibrary } from "./library";
import { Looking } from "./looking";
import { named, otherGroups, roleSpecs, type Group } from "./roles";
import { Sight } from "./sight";
import { Slot } from "./slot";
import type { Board, Spec } from "./spec";
import { Toolbar } from "./toolbar";

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
  const { looking, sight } = useMemo(() => {
    const found = new Looking(store);
    return { looking: found, sight: new Sight(store, found) };
  }, [store]);
  useLooking(store, looking, sight);
  const board = useMemo(
    () => (): Board => ({
      run: store.run.peek() ?? never(),
      keys: store.keys.peek(),
      events: store.events.peek(),
      alerts: store.alerts.peek(),
      shown: store.shown.peek(),
      track: (key) => looking.track(key),
      declared: looking.declared(),
      look: sight.look(),
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
  const { value: filter } = lens.filter;
  const chosen = (specs: readonly Spec[]): Spec[] => named(filter, specs);
  const first = chosen(roles.filter(isLeft));
  const some = groups.map((group) => ({ ...group, specs: chosen(group.specs.filter(isLeft)) }));
  const isNone = [top, first, ...some.map(({ specs }) => specs)].every((specs) => chosen(specs).length === 0);
  return (
    <div class="board">
      <Toolbar store={store} sight={sight} />
      {isNone && filter !== "" && <p class="note">No chart has “{filter}” in its name.</p>}
      {chosen(top).length > 0 && (
        <section class="pinned">
          <h2>Pinned</h2>
          <div class="charts">{chosen(top).map(card)}</div>
        </section>
      )}
      <div class="charts">{first.map(card)}</div>
      {some
        .filter(({ specs }) => specs.length > 0)
        .map((group) => (
          <GroupOf key={group.name} group={group} card={(spec) => card(specOf.get(spec.id) ?? spec)} />
        ))}
    </div>
  );
}

/** A group shows so many of its charts until all are asked for, or a filter has chosen among them. */
const FOLD_AT = 24;

function GroupOf({ group, card }: { group: Group; card: (spec: Spec) => ComponentChildren }) {
  const { name, specs } = group;
  const isWhole = specs.length <= FOLD_AT || lens.unfolded.value.has(name) || lens.filter.value !== "";
  const shown = isWhole ? specs : specs.slice(0, FOLD_AT);
  return (
    <section>
      <h2>{name === "" ? "Other series" : name}</h2>
      <div class="charts small">
        {shown.map((spec) => (
          <Slot key={spec.id} id={spec.id}>
            {() => card(spec)}
          </Slot>
        ))}
      </div>
      {!isWhole && (
        <button
          type="button"
          class="unfold"
          onClick={() => {
            unfold(name);
          }}
        >
          Show the other {formatCount(specs.length - FOLD_AT)} charts
        </button>
      )}
    </section>
  );
}

/** Fetches what the lens wants, and has every chart drawn anew when it changes. */
function useLooking(store: RunStore, looking: Looking, sight: Sight): void {
  useEffect(() => {
    const stop = looking.start();
    const unfollow = store.keys.subscribe(() => {
      store.want(sight, sight.keys());
    });
    return () => {
      unfollow();
      store.want(sight, []);
      stop();
    };
  }, [store, looking, sight]);
}

/** Brings the chart of a step that is pointed out into view, once each time. */
function usePointing(store: RunStore, chart: () => Spec | undefined): void {
  const latest = useRef(chart);
  latest.current = chart;
  useEffect(
    () =>
      store.shown.subscribe((shown) => {
        const id = shown === null || shown.still ? undefined : latest.current()?.id;
        const window = lens.window.peek();
        if (shown && window && (shown.step < window[0] || shown.step > window[1])) lookAt(null);
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

/** Compare: what runs are declared to be first, then what was found, then figures and curves over each other. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { ComponentType } from "preact";
import "../styles/compare.css";
import "../styles/compare-tables.css";
import { DifferencesOf } from "../compare/differences";
import { FiguresOf } from "../compare/figures";
import { FindingsOf } from "../compare/findings";
import { labelsOf } from "../compare/naming";
import { Picker } from "../compare/picker";
import { placeOf, withRun, type Place } from "../compare/place";
import { CompareStore } from "../compare/store";
import { Strip } from "../compare/strip";
import { Strokes } from "../compare/strokes";
import { runsHref } from "../route";
import { goWith, query } from "../state";
import type { ComparedRun } from "../compare/wire";
import type { Run } from "../wire";

const strokesOf = new Strokes();

export default function CompareView() {
  const store = useMemo(() => new CompareStore(), []);
  const place = placeOf(query.value);
  const ids = place.runs.join("\n");
  useEffect(() => {
    return () => {
      store.close();
    };
  }, [store]);
  useEffect(() => {
    store.choose(place.runs);
  }, [store, ids]);
  const runs = knownRuns(store, place);
  const known = runs.map(({ id, name }) => `${id} ${name}`).join("\n");
  const labels = useMemo(() => labelsOf(place.runs, runs), [ids, known]);
  const strokes = useMemo(() => strokesOf.of(place.runs), [ids]);
  return (
    <div class="compare">
      <div class="bar">
        <h1>Compare</h1>
        <Picker
          chosen={place.runs}
          onAdd={(run) => {
            goWith(withRun(placeOf(query.peek()), run.id), true);
          }}
        />
      </div>
      <Strip place={place} labels={labels} strokes={strokes} runs={runs} />
      {place.runs.length < 2 && <Teach count={place.runs.length} />}
      {store.fault.value && place.runs.length > 0 && <Fault words={store.fault.value.message} />}
      {place.runs.length > 1 && <Parts store={store} place={place} labels={labels} strokes={strokes} />}
    </div>
  );
}

/** The runs of the address as far as they are known. */
function knownRuns(store: CompareStore, place: Place): ComparedRun[] {
  const single = store.single.value;
  const found = store.comparison.value?.runs ?? [];
  const all = single ? [...found, ofOne(single)] : found;
  return place.runs.flatMap((id) => all.findLast((run) => run.id === id) ?? []);
}

const ofOne = (run: Run): ComparedRun => ({
  id: run.id,
  project: run.project ?? "",
  name: run.name ?? run.id,
  state: run.state,
  state_reason: run.state_reason,
  started_at: run.started_at ?? run.created_at,
  last_step: run.last_step ?? null,
  step_unit: run.intent?.step_unit ?? null,
  health: run.health ?? {
    verdict: "unknown",
    firing: { critical: 0, warning: 0, info: 0 },
    checks: { passing: 0, pending: 0, firing: 0, not_checked: 0 },
    through_step: null,
  },
});

function Parts(props: { store: CompareStore; place: Place } & Pick<Parameters<typeof Strip>[0], "labels" | "strokes">) {
  const { store, place } = props;
  const comparison = store.comparison.value;
  const isHere = comparison !== null && place.runs.every((id) => comparison.runs.some((run) => run.id === id));
  if (!isHere) return store.fault.value ? null : <p class="note">Comparing the runs…</p>;
  return (
    <>
      <DifferencesOf key={place.runs.join("\n")} comparison={comparison} {...props} />
      <FindingsOf comparison={comparison} {...props} />
      <FiguresOf comparison={comparison} {...props} />
      <LazyBoard {...props} />
    </>
  );
}

type BoardProps = Pick<Parameters<typeof Parts>[0], "store" | "labels" | "strokes">;

function LazyBoard({ store, labels, strokes }: BoardProps) {
  const [board, setBoard] = useState<{ Of: ComponentType<BoardProps> } | "failed" | null>(null);
  useEffect(() => {
    import("../compare/board").then(
      (loaded) => {
        setBoard({ Of: loaded.default });
      },
      () => {
        setBoard("failed");
      },
    );
  }, []);
  if (board === "failed") return <p class="note">The charts could not be loaded. Reload the page to try again.</p>;
  return board && <board.Of store={store} labels={labels} strokes={strokes} />;
}

function Fault({ words }: { words: string }) {
  return (
    <p class="note" role="status">
      {words}
    </p>
  );
}

function Teach({ count }: { count: number }) {
  return (
    <section class="teach">
      <p>
        {count === 0
          ? "Two to twenty runs stand beside each other here: first what they are declared to differ in, then what was found, then their curves over each other."
          : "One run alone has nothing to differ from. Choose one more."}
      </p>
      <p>
        Add runs by the field above (<kbd>/</kbd>), or go to <a href={runsHref()}>the runs</a>, tick two or more (
        <kbd>Space</kbd> ticks the line that you are on) and press <kbd>c</kbd>.
      </p>
    </section>
  );
}

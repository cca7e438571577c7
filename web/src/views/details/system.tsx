/** The gauges of the run's machine as small curves over wall time, with one reading at the pointer for all of them. */
import { useEffect, useState } from "preact/hooks";
import { getGauges, type GaugePage, type GaugeView } from "../../api-details";
import { frameOf, gaugeWords, isWhole, groupsOf, pathsOf, pointAt, withEvent } from "../../details/gauges";
import { formatCount } from "../../format";
import type { RunStore } from "../../run";
import { connection } from "../../state";
import type { RunEvent } from "../../wire";
import { Ago, Fault, timeWords } from "./parts";

const POINTS = 240;
/** After so many live points the whole is asked for again, thinned. */
const LIVE = 60;
const [WIDTH, HEIGHT] = [240, 56];

export function System({ store }: { store: RunStore }) {
  const { page, fault, again } = useGauges(store);
  const [at, setAt] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  if (fault !== null && page === null) return <Fault fault={fault} again={again} />;
  if (page === null) return <p class="note">Loading the gauges…</p>;
  const { from, to } = page;
  if (from === null || to === null)
    return (
      <p class="note">
        No gauge so far. A trainer sends those of its machine by{" "}
        <code>
          run.system({"{"}"gpu/memory_gb": 71.5{"}"})
        </code>
        .
      </p>
    );
  return (
    <>
      <div class="panel-bar">
        <span class="dim">
          {timeWords(from)} to {timeWords(to)},{" "}
          {at === null ? (
            <>
              the last <Ago ts={to} />
            </>
          ) : (
            `here ${timeWords(at)}`
          )}
        </span>
        <button
          type="button"
          class="quiet push"
          aria-pressed={asTable}
          onClick={() => {
            setAsTable(!asTable);
          }}
        >
          as a table
        </button>
      </div>
      {asTable ? (
        <TableOf page={page} />
      ) : (
        groupsOf(page).map(([group, names]) => (
          <section key={group}>
            {group !== "" && <h3>{group}</h3>}
            <div class="gauges">
              {names.map((name) => (
                <Gauge key={name} name={name} group={group} page={page} at={at} onPoint={setAt} />
              ))}
            </div>
          </section>
        ))
      )}
    </>
  );
}

function useGauges(store: RunStore): { page: GaugePage | null; fault: unknown; again: () => void } {
  const [page, setPage] = useState<GaugePage | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let [isOver, live, wasLost] = [false, 0, false];
    const load = (): void => {
      live = 0;
      getGauges(store.id, POINTS).then(
        (told) => {
          if (isOver) return;
          setPage(told);
          setFault(null);
        },
        (error: unknown) => {
          if (!isOver) setFault(error);
        },
      );
    };
    const hear = (event: RunEvent): void => {
      if (event.type !== "system") return;
      live += 1;
      if (live >= LIVE) load();
      else setPage((before) => before && withEvent(before, event));
    };
    load();
    store.hearers.add(hear);
    const unlisten = connection.subscribe((state) => {
      if (state === "waiting") wasLost = true;
      else if (state === "open" && wasLost) {
        wasLost = false;
        load();
      }
    });
    return () => {
      isOver = true;
      store.hearers.delete(hear);
      unlisten();
    };
  }, [store, turn]);
  const again = (): void => {
    setTurn(turn + 1);
  };
  return { page, fault, again };
}

interface GaugeProps {
  name: string;
  group: string;
  page: GaugePage;
  at: number | null;
  onPoint: (at: number | null) => void;
}

function Gauge({ name, group, page, at, onPoint }: GaugeProps) {
  const gauge = page.gauges[name];
  const [from, to] = [page.from ?? 0, page.to ?? 0];
  if (!gauge || gauge.ts.length === 0) return null;
  const index = at === null ? gauge.ts.length - 1 : pointAt(gauge, at);
  const { line, band } = pathsOf(gauge, frameOf(name, gauge, from, to), WIDTH, HEIGHT);
  const onMove = (event: PointerEvent & { currentTarget: SVGElement }): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    onPoint(from + ((event.clientX - left) / width) * (to - from));
  };
  const x = at === null ? null : ((at - from) / (to - from || 1)) * WIDTH;
  return (
    <figure class="card gauge">
      <figcaption>
        <span>{group === "" ? name : name.slice(group.length + 1)}</span>
        <b>{gaugeWords(name, gauge.value[index], isWhole(gauge))}</b>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={describe(name, gauge)}
        onPointerMove={onMove}
        onPointerLeave={() => {
          onPoint(null);
        }}
      >
        <path class="band" d={band} />
        <path class="curve" d={line} />
        {x !== null && <path class="here" d={`M${x} 0V${HEIGHT}`} />}
      </svg>
      <small>{rangeWords(name, gauge)}</small>
    </figure>
  );
}

const describe = (name: string, gauge: GaugeView): string =>
  `${name}: ${gaugeWords(name, gauge.value.at(-1), isWhole(gauge))} at last; ${rangeWords(name, gauge)}`;

function rangeWords(name: string, gauge: GaugeView): string {
  const { least, greatest } = boundsOf(gauge);
  const words = (value: number): string => gaugeWords(name, value, isWhole(gauge));
  return least === greatest ? "always" : `${words(least)} to ${words(greatest)}`;
}

const boundsOf = (gauge: GaugeView): { least: number; greatest: number } => ({
  least: Math.min(...gauge.min),
  greatest: Math.max(...gauge.max),
});

function TableOf({ page }: { page: GaugePage }) {
  return (
    <div class="wide">
      <table class="events">
        <caption class="unseen">Gauges of the machine</caption>
        <thead>
          <tr>
            <th scope="col">Gauge</th>
            {["Last", "Least", "Greatest", "Values"].map((name) => (
              <th scope="col" class="number" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groupsOf(page)
            .flatMap(([, names]) => names)
            .map((name) => (
              <GaugeRow key={name} name={name} gauge={page.gauges[name]} />
            ))}
        </tbody>
      </table>
    </div>
  );
}

function GaugeRow({ name, gauge }: { name: string; gauge: GaugeView | undefined }) {
  if (!gauge) return null;
  const { least, greatest } = boundsOf(gauge);
  const words = (value: number | undefined): string => gaugeWords(name, value, isWhole(gauge));
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="number">{words(gauge.value.at(-1))}</td>
      <td class="number">{words(least)}</td>
      <td class="number">{words(greatest)}</td>
      <td class="number">{formatCount(gauge.count)}</td>
    </tr>
  );
}

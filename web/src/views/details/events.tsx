/** What happened in a run, the newest first: notes, checkpoints, epochs, losses of records, declarations, its end. */
import { answers, eventWords, levelOf, TYPE_WORDS, TYPES, typesOf } from "../../details/events";
import type { Feed } from "../../details/feed";
import { formatCount } from "../../format";
import type { RunStore } from "../../run";
import { goWith, query } from "../../state";
import type { RunEvent } from "../../wire";
import { StepLink } from "./config";
import { useFeed } from "./feed";
import { Ago, Fault, Find, findWords } from "./parts";

const PAGE = 200;
const MOST = 1000;

export function Events({ store }: { store: RunStore }) {
  const types = typesOf(query.value);
  const words = findWords();
  const wanted = { types, matches: (event: RunEvent) => answers(event, words), page: PAGE, most: MOST };
  const feed = useFeed(store, wanted, `${types.join()} ${words}`);
  feed.hold(true);
  const isAll = types.length === TYPES.length;
  return (
    <>
      <div class="panel-bar">
        <Kinds types={types} isAll={isAll} />
        <Find label="Filter the events" />
        <Waiting feed={feed} />
      </div>
      <List feed={feed} isNarrow={!isAll || words !== ""} />
    </>
  );
}

function Kinds({ types, isAll }: { types: readonly string[]; isAll: boolean }) {
  const toggle = (type: string): void => {
    const next = isAll ? [type] : types.includes(type) ? types.filter((one) => one !== type) : [...types, type];
    goWith({ kind: next.length === TYPES.length ? null : next });
  };
  return (
    <span class="choice" role="group" aria-label="Types of events">
      <button
        type="button"
        aria-pressed={isAll}
        onClick={() => {
          goWith({ kind: null });
        }}
      >
        All
      </button>
      {TYPES.map((type) => (
        <button
          key={type}
          type="button"
          aria-pressed={!isAll && types.includes(type)}
          onClick={() => {
            toggle(type);
          }}
        >
          {TYPE_WORDS[type]}
        </button>
      ))}
    </span>
  );
}

export function Waiting({ feed }: { feed: Feed }) {
  const count = feed.waiting.value;
  return (
    <span class="push" role="status">
      {count > 0 && (
        <button
          type="button"
          class="new"
          onClick={() => {
            void feed.release();
          }}
        >
          {formatCount(count)} new: show
        </button>
      )}
    </span>
  );
}

function List({ feed, isNarrow }: { feed: Feed; isNarrow: boolean }) {
  const rows = feed.rows.value.toReversed();
  const again = (): void => {
    void feed.restart();
  };
  if (feed.fault.value !== null && rows.length === 0) return <Fault fault={feed.fault.value} again={again} />;
  if (!feed.loaded.value) return <p class="note">Loading the events…</p>;
  if (rows.length === 0)
    return (
      <p class="note">
        {nothing(isNarrow)} {feed.hasOlder.value && <Back feed={feed} />}
      </p>
    );
  return (
    <>
      <table class="events">
        <caption class="unseen">Events, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Type</th>
            <th scope="col">Step</th>
            <th scope="col">When</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((event) => (
            <Row key={event.id} event={event} />
          ))}
        </tbody>
      </table>
      <p class="foot">
        {feed.hasOlder.value && <Back feed={feed} />}
        <small>{feed.hasNewer.value && "Newer ones were let go: “show” brings them back."}</small>
      </p>
    </>
  );
}

const nothing = (isNarrow: boolean): string =>
  isNarrow
    ? "No event answers to these filters."
    : "No event so far. A trainer marks them by note(), checkpoint(), epoch() and alert().";

export function Back({ feed, words = "Earlier events" }: { feed: Feed; words?: string }) {
  return (
    <>
      <button
        type="button"
        disabled={feed.loading.value}
        onClick={() => {
          void feed.older();
        }}
      >
        {words}
      </button>{" "}
      <small>{formatCount(feed.seen.value)} looked through</small>
    </>
  );
}

function Row({ event }: { event: RunEvent }) {
  const level = levelOf(event);
  return (
    <tr>
      <td class={`type of-${event.type}`}>
        {TYPE_WORDS[event.type] ?? event.type}
        {level !== "" && <small> {level}</small>}
      </td>
      <td class="number">{event.step === null ? "–" : <StepLink step={event.step} />}</td>
      <td class="when">
        <Ago ts={event.ts} />
      </td>
      <td class="what">{eventWords(event)}</td>
    </tr>
  );
}

/** The messages of a channel: what was said, how it fared, and each as it was sent; what was given up is sent again. */
import { useEffect, useState } from "preact/hooks";
import { channelWords } from "../api-channels";
import { SHOWN, type MessageLog, type Shown } from "../channels/log";
import type { Channel, Message } from "../channels/wire";
import {
  answerWords,
  clockWords,
  exactly,
  letters,
  messages,
  runNameOf,
  stateWords,
  STATE_SIGNS,
  titleOf,
} from "../channels/words";
import { formatCount } from "../format";
import { say, sayFault } from "../notice";
import { alertHref, runHref } from "../route";
import { goWith, now, query } from "../state";

const SHOWN_WORDS: Record<Shown, string> = {
  all: "All",
  waiting: "Waiting",
  delivered: "Delivered",
  dead: "Dead letters",
};
const NOTHING: Record<Shown, string> = {
  all: "Nothing was sent through this channel so far. A test shows whether it works.",
  waiting: "Nothing waits.",
  delivered: "Nothing was delivered so far.",
  dead: "No dead letter: nothing was given up.",
};

export function Messages({ log, channel }: { log: MessageLog; channel: Channel }) {
  const shown = SHOWN.find((one) => one === query.value.get("show")) ?? "all";
  useEffect(() => {
    log.show(shown);
  }, [log, shown]);
  useEffect(
    () => () => {
      log.close();
    },
    [log],
  );
  const [rows, fault] = [log.rows.value, log.fault.value];
  return (
    <section class="messages" aria-label="Messages">
      <h2>Messages</h2>
      <Tools log={log} channel={channel} shown={shown} />
      {fault !== null && (
        <p class="note" role="alert">
          {channelWords(fault)}
        </p>
      )}
      {!log.loaded.value && <p class="note">Loading the messages…</p>}
      {log.loaded.value && rows.length === 0 && fault === null && <p class="note">{NOTHING[shown]}</p>}
      {log.loaded.value && rows.length > 0 && <Table rows={rows} log={log} />}
      {log.more.value && (
        <button
          type="button"
          class="more"
          onClick={() => {
            log.loadMore();
          }}
        >
          Earlier messages
        </button>
      )}
    </section>
  );
}

function Tools({ log, channel, shown }: { log: MessageLog; channel: Channel; shown: Shown }) {
  const dead = channel.health.dead_letters;
  const again = (): void => {
    log.replayAll().then(
      (count) => {
        say(`${messages(count)} ${count === 1 ? "is" : "are"} sent again.`);
      },
      (fault: unknown) => {
        sayFault(channelWords(fault));
      },
    );
  };
  return (
    <div class="message-tools">
      <span class="choice" role="group" aria-label="Which messages">
        {SHOWN.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === shown}
            onClick={() => {
              goWith({ show: one === "all" ? null : one });
            }}
          >
            {SHOWN_WORDS[one]}
            {one === "dead" && dead > 0 ? ` (${formatCount(dead)})` : ""}
          </button>
        ))}
      </span>
      <span class="push" role="status">
        {log.held.value > 0 && (
          <button
            type="button"
            onClick={() => {
              log.release();
            }}
          >
            {formatCount(log.held.value)} new: show
          </button>
        )}
      </span>
      {dead > 0 && (
        <button type="button" aria-label={`Replay all: ${letters(dead)}`} onClick={again}>
          Replay all
        </button>
      )}
    </div>
  );
}

function Table({ rows, log }: { rows: readonly Message[]; log: MessageLog }) {
  return (
    <table class="message-table">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
          <th scope="col">State</th>
          <th scope="col" class="number">
            Tries
          </th>
          <th scope="col">Answer</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((message) => (
          <Row key={message.id} message={message} log={log} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ message, log }: { message: Message; log: MessageLog }) {
  const [isOpen, setOpen] = useState(false);
  const { id, created_at: at, attempts, error, state } = message;
  return (
    <>
      <tr class={state}>
        <td class="m-when">
          <time dateTime={new Date(at * 1000).toISOString()} title={exactly.format(at * 1000)}>
            {clockWords(at, now.value)}
          </time>
        </td>
        <td class="m-what">
          <button
            type="button"
            class="quiet"
            aria-expanded={isOpen}
            onClick={() => {
              setOpen(!isOpen);
            }}
          >
            <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span> {titleOf(message)}
          </button>
          <RunOf message={message} />
          {error !== null && state !== "delivered" && <p class="fault">{error}</p>}
        </td>
        <td class="m-state">
          <span aria-hidden="true">{STATE_SIGNS[state]}</span> {stateWords(message, now.value)}
          {state === "dead" && <Replay message={message} log={log} />}
        </td>
        <td class="m-tries number">{formatCount(attempts)}</td>
        <td class="m-answer">{answerWords(message)}</td>
      </tr>
      {isOpen && (
        <tr class="opened">
          <td colSpan={5}>
            <p class="dim">
              <code>{id}</code>
            </p>
            <pre tabIndex={0} role="region" aria-label="The message as it is sent">
              {JSON.stringify(message.body, null, 2)}
            </pre>
          </td>
        </tr>
      )}
    </>
  );
}

function RunOf({ message }: { message: Message }) {
  const { run_id: run, alert_id: alert } = message;
  if (run === null) return null;
  return (
    <a class="dim" href={alert === null ? runHref(run) : alertHref(run, alert)}>
      {runNameOf(message)}
    </a>
  );
}

function Replay({ message, log }: { message: Message; log: MessageLog }) {
  const replay = (): void => {
    log.replay(message).then(
      () => {
        say("It is sent again.");
      },
      (fault: unknown) => {
        sayFault(channelWords(fault));
      },
    );
  };
  return (
    <button type="button" class="quiet replay" aria-label={`Replay: ${titleOf(message)}`} onClick={replay}>
      Replay
    </button>
  );
}

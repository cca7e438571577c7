/** All channels, one line each: where to, what they are told, how they fare, and a test of each. */
import { channelWords, listChannels } from "../api-channels";
import { channelHref, channelsHref } from "../channels/place";
import type { Channel } from "../channels/wire";
import { filterWords, KIND_WORDS } from "../channels/words";
import { useCommands } from "../commands";
import { formatCount } from "../format";
import { useAsked } from "../rulebook/asked";
import { useShortcuts } from "../shortcuts";
import { visit } from "../state";
import { useTitle } from "../title";
import { HealthOf } from "./channels-health";
import { Trial } from "./channels-trial";

const ADD = channelsHref({ add: "standard" });
const add = (): void => {
  visit(ADD);
};

export function ChannelList() {
  const asked = useAsked(listChannels, []);
  const [page, fault] = [asked.answer.value, asked.fault.value];
  useTitle("Channels");
  useCommands(() => [{ id: "add-channel", title: "Add a channel", group: "Channels", key: "n", act: add }], []);
  useShortcuts([{ key: "n", words: "Add a channel", act: add }]);
  const channels = page?.items ?? [];
  return (
    <>
      <div class="bar">
        <h1>Channels</h1>
        {channels.length > 0 && (
          <a class="button" href={ADD}>
            Add a channel
          </a>
        )}
      </div>
      {fault && <Refused words={channelWords(fault)} isForbidden={fault.status === 403} />}
      {!page && !fault && <p class="note">Loading the channels…</p>}
      {page && !fault && channels.length === 0 && <NoChannel />}
      {channels.length > 0 && (
        <>
          <p class="dim">
            {channels.length === 1 ? "One channel" : `${formatCount(channels.length)} channels`}. Each alert is decided
            for each of them.
          </p>
          <ul class="channels">
            {channels.map((channel) => (
              <Line key={channel.id} channel={channel} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** What the service refuses, in its words, and where to go from there. */
export function Refused({ words, isForbidden }: { words: string; isForbidden: boolean }) {
  return (
    <p class="note" role="alert">
      {words} {isForbidden && <a href="#/settings">Use another token</a>}
    </p>
  );
}

function Line({ channel }: { channel: Channel }) {
  return (
    <li class="card">
      <div class="channel-what">
        <h2>
          <a href={channelHref(channel.id)}>{channel.name}</a>
        </h2>
        <p class="dim">
          {KIND_WORDS[channel.kind]} to {channel.target}
        </p>
        <p class="dim">{filterWords(channel)}</p>
      </div>
      <HealthOf channel={channel} />
      <Trial id={channel.id} name={channel.name} />
    </li>
  );
}

function NoChannel() {
  return (
    <section class="teach channel-none">
      <h2>Nobody is told yet</h2>
      <p>
        A channel carries alerts off this page: one message when something goes wrong in a run, naming what follows from
        it, its first cause and what to do, and one when it is over. Runs that are lost, stall or fail are told too.
        Nothing is told twice, and nothing is lost while a receiver is down.
      </p>
      <dl>
        <div>
          <dt>
            <a href={channelsHref({ add: "apprise" })}>Chat, mail or a pager</a>
          </dt>
          <dd>Slack, Discord, Teams, Telegram, PagerDuty and all else that Apprise speaks, by its address.</dd>
        </div>
        <div>
          <dt>
            <a href={channelsHref({ add: "standard" })}>A webhook of your own</a>
          </dt>
          <dd>JSON over HTTPS, signed by the Standard Webhooks scheme; the secret is made here and shown once.</dd>
        </div>
        <div>
          <dt>
            <a href={channelsHref({ add: "alertmanager" })}>What listens to Alertmanager</a>
          </dt>
          <dd>The webhook body of Prometheus’ Alertmanager, version 4.</dd>
        </div>
      </dl>
    </section>
  );
}

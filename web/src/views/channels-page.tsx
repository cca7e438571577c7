/** One channel: how it fares, a test of it, its messages; and its form where that was asked for. */
import { useEffect, useMemo } from "preact/hooks";
import { channelWords, changeChannel, getChannel } from "../api-channels";
import { MessageLog } from "../channels/log";
import { made } from "../channels/made";
import { channelHref, channelsHref } from "../channels/place";
import type { Channel } from "../channels/wire";
import { filterWords, KIND_WORDS } from "../channels/words";
import { useCommands } from "../commands";
import { say, sayFault } from "../notice";
import { askAgain, useAsked } from "../rulebook/asked";
import { query, visit } from "../state";
import { useTitle } from "../title";
import { Back } from "./channels-back";
import { ChangeChannel } from "./channels-form";
import { HealthOf } from "./channels-health";
import { Refused } from "./channels-list";
import { Messages } from "./channels-log";
import { More } from "./channels-more";
import { SecretOnce } from "./channels-secret";
import { Trial } from "./channels-trial";

export function ChannelPage({ id }: { id: string }) {
  const asked = useAsked(() => getChannel(id), [id]);
  const [channel, fault] = [asked.answer.value, asked.fault.value];
  useTitle(`${channel?.name ?? "Channel"} · Channels`);
  useEffect(
    () => () => {
      made.value = null;
    },
    [],
  );
  const isGone = fault?.status === 404;
  if (channel && !isGone)
    return query.value.has("edit") ? <ChangeChannel channel={channel} /> : <KnownChannel channel={channel} />;
  return (
    <>
      <Back href={channelsHref()} words="All channels" />
      <h1>{channel?.name ?? "Channel"}</h1>
      {fault ? (
        <Refused words={isGone ? "This channel is gone." : channelWords(fault)} isForbidden={fault.status === 403} />
      ) : (
        <p class="note">Loading the channel…</p>
      )}
    </>
  );
}

function KnownChannel({ channel }: { channel: Channel }) {
  const log = useMemo(() => new MessageLog(channel.id), [channel.id]);
  const edit = (): void => {
    visit(channelHref(channel.id, { edit: "1" }));
  };
  useCommands(
    () => [{ id: "edit-channel", title: `Change the channel ${channel.name}`, group: "Channels", act: edit }],
    [channel.name],
  );
  return (
    <>
      <Back href={channelsHref()} words="All channels" />
      <div class="bar">
        <h1>{channel.name}</h1>
        <span class="push channel-does">
          <Switch channel={channel} />
          <button type="button" onClick={edit}>
            Edit
          </button>
          <More channel={channel} />
        </span>
      </div>
      <p class="dim">
        {KIND_WORDS[channel.kind]} to {channel.target} · {filterWords(channel)}
      </p>
      <SecretOnce id={channel.id} />
      <div class="card channel-now">
        <HealthOf channel={channel} />
        <Trial
          id={channel.id}
          name={channel.name}
          onSent={() => {
            log.release();
          }}
        />
      </div>
      <Messages log={log} channel={channel} />
    </>
  );
}

function Switch({ channel: { id, name, enabled } }: { channel: Channel }) {
  const put = (to: boolean, isBack: boolean): void => {
    changeChannel(id, { enabled: to }).then(
      () => {
        askAgain();
        const words = to ? `${name} is on.` : `${name} is off: it is told nothing.`;
        if (isBack) say(words);
        else
          say(words, () => {
            put(!to, true);
          });
      },
      (fault: unknown) => {
        sayFault(channelWords(fault));
      },
    );
  };
  return (
    <button
      type="button"
      onClick={() => {
        put(!enabled, false);
      }}
    >
      {enabled ? "Switch off" : "Switch on"}
    </button>
  );
}

/** How a channel stands: a sign, a sentence, and what waits or was given up. */
import { channelHref } from "../channels/place";
import type { Channel } from "../channels/wire";
import { healthKind, healthWords, HEALTH_SIGNS, letters, openWords } from "../channels/words";
import { now } from "../state";

export function HealthOf({ channel }: { channel: Channel }) {
  const kind = healthKind(channel);
  const { error, dead_letters: dead } = channel.health;
  const waiting = openWords({ ...channel, health: { ...channel.health, dead_letters: 0 } });
  const said = [kind === "fails" && error !== null ? error : "", waiting].filter(Boolean).join(" · ");
  return (
    <div class="channel-health">
      <p class={`health ${kind}`}>
        <span aria-hidden="true">{HEALTH_SIGNS[kind]}</span> {healthWords(channel, now.value)}
      </p>
      <p class="dim">
        {said}
        {dead > 0 && (
          <>
            {said !== "" && " · "}
            <a href={channelHref(channel.id, { show: "dead" })}>{letters(dead)}</a>
          </>
        )}
      </p>
    </div>
  );
}

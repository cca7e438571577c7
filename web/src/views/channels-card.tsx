/** Where the settings lead to the channels. */
import { channelsHref } from "../channels/place";

export function ChannelsCard() {
  return (
    <section class="card" aria-labelledby="channels-title">
      <h2 id="channels-title">Channels</h2>
      <p>Who is told of alerts when nobody looks at this page: webhooks, chat, mail, pagers.</p>
      <p>
        <a href={channelsHref()}>Channels, their health and their messages</a>
      </p>
    </section>
  );
}

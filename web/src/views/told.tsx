/** Who was told of an incident, and when: one line, and all of it when it is unfolded. */
import { useEffect, useState } from "preact/hooks";
import { whoWasTold } from "../api-channels";
import { channelsHref } from "../channels/place";
import { isOpen, linesOf, summaryOf } from "../channels/told";
import type { ToldPage } from "../channels/wire";
import { mutes } from "../mutes";
import { now } from "../state";
import type { Alert } from "../wire";

const EVERY_MS = 5_000;

/** Asked again while something is still to come, and when what people said of the alert has changed. */
function useTold({ id, state, acknowledged, silenced_until: silenced }: Alert): ToldPage | null {
  const [page, setPage] = useState<ToldPage | null>(null);
  const muted = JSON.stringify(mutes.value);
  useEffect(() => {
    let timer = 0;
    let isLeft = false;
    const again = (): void => {
      timer = window.setTimeout(() => {
        if (document.hidden) again();
        else ask();
      }, EVERY_MS);
    };
    const ask = (): void => {
      whoWasTold(id).then(
        (told) => {
          if (isLeft) return;
          setPage((before) => (JSON.stringify(before) === JSON.stringify(told) ? before : told));
          if (isOpen(told)) again();
        },
        () => undefined, // whoever may not know it is not told so at each incident
      );
    };
    ask();
    return () => {
      isLeft = true;
      window.clearTimeout(timer);
    };
  }, [id, state, acknowledged?.at, silenced?.at, silenced?.step, muted]);
  return page;
}

export default function Told({ alert }: { alert: Alert }) {
  const page = useTold(alert);
  if (!page) return null;
  const lines = linesOf(page, now.value);
  const words = summaryOf(page, now.value);
  if (lines.length === 0)
    return (
      <p class="told-to">
        <span title={words}>{words}</span>{" "}
        {page.nobody?.startsWith("There is no") && <a href={channelsHref()}>Channels</a>}
      </p>
    );
  return (
    <details class="told-to">
      <summary title={words}>{words}</summary>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </details>
  );
}

/** Acknowledge and silence a finding, and who did what of it. */
import { useState } from "preact/hooks";
import { acknowledge, silence } from "../api";
import { isSilenced } from "../findings";
import { formatAge, formatDuration } from "../format";
import type { RunStore } from "../run";
import { now } from "../state";
import type { Alert } from "../wire";
import { MuteButton } from "./mute";

const HOUR_S = 3600;

export function Handling({ alert, store }: { alert: Alert; store: RunStore }) {
  const [fault, setFault] = useState("");
  const ask = (asked: Promise<Alert>): void => {
    asked.then(
      (told) => {
        setFault("");
        store.addAlerts([told]);
      },
      (error: unknown) => {
        setFault(error instanceof Error ? error.message : "The server did not take it.");
      },
    );
  };
  const isSilent = isSilenced(alert, now.value, store.run.value?.last_step);
  return (
    <p class="handling">
      {alert.acknowledged ? (
        <span>{seenWords(alert.acknowledged, now.value)}</span>
      ) : (
        <Plain
          words="Acknowledge"
          rule={alert.rule}
          act={() => {
            ask(acknowledge(alert.id));
          }}
        />
      )}
      {isSilent && <span>{silentWords(alert, now.value)}</span>}
      <Plain
        words={isSilent ? "End the silence" : "Silence for an hour"}
        rule={alert.rule}
        act={() => {
          ask(silence(alert.id, isSilent ? 0 : HOUR_S));
        }}
      />
      <MuteButton rule={alert.rule} project={store.run.value?.project} />
      {fault !== "" && (
        <span class="fault" role="alert">
          {fault}
        </span>
      )}
    </p>
  );
}

function Plain({ words, rule, act }: { words: string; rule: string; act: () => void }) {
  return (
    <button type="button" class="quiet" aria-label={`${words}: ${rule}`} onClick={act}>
      {words}
    </button>
  );
}

function seenWords({ by, note, at }: NonNullable<Alert["acknowledged"]>, time: number): string {
  return `Acknowledged ${by ? `by ${by} ` : ""}${formatAge(at, time)}${note ? `: ${note}` : ""}`;
}

function silentWords({ silenced_until: until }: Alert, time: number): string {
  return until?.at ? `Silenced for ${formatDuration(until.at - time)} more` : "Silenced";
}

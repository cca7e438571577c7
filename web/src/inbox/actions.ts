/** Acknowledge and silence incidents, one or many at once, with the way back. */
import { wordsOf } from "../api";
import { ackAlert, silenceAlert, takeAckBack } from "../api-details";
import { say, sayFault } from "../notice";
import type { Alert, Run } from "../wire";
import { incidentCount, silenceAgain } from "./words";

/** What the actions change: whoever holds the alerts takes in what the service answers. */
export interface Desk {
  take(alerts: readonly Alert[]): void;
  run(id: string): Run | undefined;
  now(): number;
}

/** Does the same to each alert; says what went through, with its undoing, and what did not. */
async function each(
  desk: Desk,
  alerts: readonly Alert[],
  act: (alert: Alert) => Promise<Alert>,
  words: string,
  back?: (alert: Alert) => Promise<Alert>,
): Promise<void> {
  const outcomes = await Promise.allSettled(alerts.map(act));
  const done = alerts.filter((_, index) => outcomes[index]?.status === "fulfilled");
  desk.take(outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
  const failed = outcomes.find((one) => one.status === "rejected");
  if (failed) {
    const rest = done.length > 0 ? ` ${incidentCount(done.length)} of ${alerts.length} went through.` : "";
    sayFault(`${wordsOf(failed.reason)}${rest}`);
  } else {
    const undo = back && ((): void => void each(desk, done, back, "That is taken back."));
    say(alerts.length === 1 ? words : `${words.replace(/\.$/, "")}: ${incidentCount(alerts.length)}.`, undo);
  }
}

export function acknowledgeAll(desk: Desk, alerts: readonly Alert[], note = ""): Promise<void> {
  const back = (alert: Alert): Promise<Alert> =>
    alert.acknowledged ? ackAlert(alert.id, alert.acknowledged.note ?? "") : takeAckBack(alert.id);
  return each(desk, alerts, (alert) => ackAlert(alert.id, note), "Acknowledged.", back);
}

export interface Until {
  seconds?: number;
  /** A step of the run. */
  step?: number;
}

/** Silent until a time or a step; neither ends the silence. */
export function silenceAll(desk: Desk, alerts: readonly Alert[], until: Until): Promise<void> {
  const lastOf = (alert: Alert): number => desk.run(alert.run_id)?.last_step ?? alert.last_step;
  const act = (alert: Alert): Promise<Alert> => {
    const steps = until.step === undefined ? 0 : Math.max(1, until.step - lastOf(alert));
    return silenceAlert(alert.id, until.step === undefined ? { seconds: until.seconds ?? 0 } : { steps });
  };
  const back = (alert: Alert): Promise<Alert> => silenceAlert(alert.id, silenceAgain(alert, desk.now(), lastOf(alert)));
  const isEnd = until.seconds === undefined && until.step === undefined;
  return each(desk, alerts, act, isEnd ? "The silence is ended." : "Silenced.", back);
}

/** Channels and their messages in words; pure. */
import { formatAge, formatCount } from "../format";
import type { Json, Severity } from "../wire";
import type { Channel, ChannelKind, EventType, Message, Quiet } from "./wire";

export const KIND_WORDS: Record<ChannelKind, string> = {
  standard: "signed webhook",
  alertmanager: "Alertmanager",
  apprise: "Apprise",
};

export const SEVERITY_WORDS: Record<Severity, string> = {
  critical: "Critical alone",
  warning: "Warnings and worse",
  info: "Notes too",
};

export const EVENT_WORDS: Record<EventType, string> = {
  "run.alert.firing": "Alerts that fire",
  "run.alert.resolved": "That they are over",
  "run.state": "Every change of a run, also that it finished or was stopped",
};

const SHORT_EVENTS: Record<EventType, string> = {
  "run.alert.firing": "what fires",
  "run.alert.resolved": "what is over",
  "run.state": "every change of a run",
};

const few = (noun: string, names: readonly string[]): string =>
  `${names.length === 1 ? noun : `${noun}s`} ${names.slice(0, 3).join(", ")}${
    names.length > 3 ? ` and ${formatCount(names.length - 3)} more` : ""
  }`;

export const quietWords = ({ start, end, but_critical: all }: Quiet): string =>
  `quiet ${start}–${end} UTC${all ? " but for critical" : ""}`;

/** What a channel is told: `Warnings and worse · project p · quiet 22:00–07:00 UTC`. */
export function filterWords({ filters, quiet }: Pick<Channel, "filters" | "quiet">): string {
  return [
    SEVERITY_WORDS[filters.severity],
    filters.projects.length > 0 ? few("project", filters.projects) : "",
    filters.rules.length > 0 ? few("rule", filters.rules) : "",
    filters.events.length > 0 ? `only ${filters.events.map((one) => SHORT_EVENTS[one]).join(" and ")}` : "",
    quiet ? quietWords(quiet) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

export type HealthKind = "off" | "fails" | "works" | "new";
export const HEALTH_SIGNS: Record<HealthKind, string> = { off: "–", fails: "●", works: "✓", new: "○" };

export function healthKind({ enabled, health }: Pick<Channel, "enabled" | "health">): HealthKind {
  if (!enabled) return "off";
  if (health.failing_since !== null) return "fails";
  return health.delivered_at === null ? "new" : "works";
}

/** How a channel stands in a sentence. */
export function healthWords(channel: Pick<Channel, "enabled" | "health" | "disabled_reason">, time: number): string {
  const { health, disabled_reason: reason } = channel;
  const last = health.delivered_at === null ? "nothing arrived so far" : `last ${formatAge(health.delivered_at, time)}`;
  switch (healthKind(channel)) {
    case "off":
      return reason === null ? "Off" : `Off: ${reason}`;
    case "fails":
      return `Failing for ${formatAge(health.failing_since, time).replace(" ago", "")}, ${last}`;
    case "works":
      return `Last delivered ${formatAge(health.delivered_at, time)}`;
    case "new":
      return "Nothing was sent so far";
  }
}

export const letters = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? "dead letter" : "dead letters"}`;
export const messages = (count: number): string => `${formatCount(count)} ${count === 1 ? "message" : "messages"}`;

/** What is on its way and what was given up; empty where there is neither. */
export function openWords({ deliveries, health }: Pick<Channel, "deliveries" | "health">): string {
  const waiting = (deliveries.waiting ?? 0) + (deliveries.sending ?? 0);
  const parts = [
    waiting > 0 ? `${messages(waiting)} ${waiting === 1 ? "waits" : "wait"}` : "",
    health.dead_letters > 0 ? letters(health.dead_letters) : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** How long an attempt took: `120 ms`, `1.2 s`. */
export const tookWords = (seconds: number | null): string =>
  seconds === null ? "" : seconds < 1 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(1)} s`;

const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
export const exactly = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const HALF_DAY_S = 43_200;

/** A moment by the clock; what is farther away than half a day with its day. */
export const clockWords = (at: number, time: number): string =>
  (Math.abs(at - time) < HALF_DAY_S ? hours : days).format(at * 1000);

type Parts = Record<string, Json>;
const part = (value: Json | undefined): Parts =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** What a message says, in its title; what the run is, where it tells of the run itself. */
export function titleOf({ body, event, run_id: run }: Message): string {
  const data = part(body.data);
  if (run === null) return "A test";
  if (event === "run.state") return `The run is ${textOf(part(data.run).state) || "changed"}`;
  const title = textOf(part(data.alert).title) || textOf(part(data.alert).rule);
  return event === "run.alert.resolved" ? `Over: ${title}` : title;
}

export const runNameOf = ({ body, run_id: id }: Message): string =>
  textOf(part(part(body.data).run).name) || (id ?? "");

export const STATE_SIGNS = { delivered: "✓", waiting: "…", sending: "…", dead: "✕" } as const;

/** How a message stands: `Delivered`, `Waits, try 3 at 14:05:10`, `Given up after 12 tries`. */
export function stateWords({ state, attempts, due_at: due }: Message, time: number): string {
  if (state === "delivered") return "Delivered";
  if (state === "dead") return `Given up after ${formatCount(attempts)} ${attempts === 1 ? "try" : "tries"}`;
  if (state === "sending") return "Being sent";
  if (due === null || due <= time) return "Waits to be sent";
  return `Waits, try ${formatCount(attempts + 1)} at ${clockWords(due, time)}`;
}

/** What the receiver answered, and after how long: `200 in 120 ms`; empty before the first try. */
export function answerWords({ status, took_s: took, state }: Pick<Message, "status" | "took_s" | "state">): string {
  if (took === null) return "";
  const said = status !== null ? `${status} ` : state === "delivered" ? "" : "no answer ";
  return `${said}in ${tookWords(took)}`;
}

/** What came back of a trial. */
export function trialWords(message: Message): string {
  const answer = answerWords(message);
  if (message.state === "delivered") return `It arrived${message.status === null ? "" : ":"} ${answer}.`;
  return `It did not arrive. ${message.error ?? ""} ${answer === "" ? "" : `(${answer})`}`
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Who was told of an alert and when, in words; pure. */
import { formatCount } from "../format";
import type { ToldMessage, ToldPage, Untold } from "./wire";
import { clockWords, KIND_WORDS, tookWords } from "./words";

/** Whether something is still to come, so that it is worth asking again. */
export const isOpen = ({ items, untold }: ToldPage): boolean =>
  items.some(({ state }) => state === "waiting" || state === "sending") || untold.some(({ at }) => at !== null);

const firings = ({ items }: ToldPage): ToldMessage[] => items.filter(({ event }) => event === "run.alert.firing");

/** The newest message to each channel. */
function newest(items: readonly ToldMessage[]): ToldMessage[] {
  return [...new Map(items.map((one) => [one.webhook, one])).values()];
}

function undelivered({ name, state, attempts, due_at: due }: ToldMessage, time: number): string {
  if (state === "dead") return `${name} was not reached`;
  if (state === "sending" || due === null || due <= time) return `${name} is being told`;
  return `${name} waits, try ${formatCount(attempts + 1)} at ${clockWords(due, time)}`;
}

const waits = ({ name, why, at }: Untold, time: number): string =>
  `${name} ${why}${at === null || at <= time ? "" : `, ${clockWords(at, time)}`}`;

/** All of it in one line. */
export function summaryOf(page: ToldPage, time: number): string {
  const told = newest(firings(page));
  if (told.length === 0) {
    if (page.nobody !== null) return page.nobody;
    if (page.untold.length === 0) return "Nobody was told: no channel is for this project.";
    const open = page.untold.filter(({ at }) => at !== null);
    return open.length > 0
      ? `${open.map((one) => waits(one, time)).join("; ")}.`
      : `Nobody was told: ${page.untold.map((one) => waits(one, time)).join("; ")}.`;
  }
  const reached = told.filter(({ state }) => state === "delivered");
  const first = reached[0];
  const parts = [
    first ? `Told ${reached.map(({ name }) => name).join(", ")} at ${clockWords(first.finished_at ?? 0, time)}` : "",
    ...told.filter(({ state }) => state !== "delivered").map((one) => undelivered(one, time)),
  ];
  return `${parts.filter(Boolean).join("; ")}.`;
}

function messageLine(one: ToldMessage, time: number): string {
  const what = one.event === "run.alert.resolved" ? "that it is over, " : "";
  const who = `${one.name} (${KIND_WORDS[one.kind]})`;
  if (one.state === "delivered")
    return `Told ${who} ${what}at ${clockWords(one.finished_at ?? 0, time)}, delivered in ${tookWords(one.took_s)}.`;
  const why = one.error === null ? "" : `: ${one.error}`;
  return `${undelivered(one, time).replace(one.name, who)}${what === "" ? "" : ` (${what.replace(/, $/, "")})`}${why}`;
}

/** One line for each message, then one for each channel that got none. */
export const linesOf = (page: ToldPage, time: number): string[] => [
  ...page.items.map((one) => messageLine(one, time)),
  ...page.untold.map((one) => `${waits(one, time)}.`),
];

/** Which rules are muted for which project: told to nobody there, though they judge all the same. */
import { signal } from "@preact/signals";
import { call, wordsOf } from "./api";
import { say, sayFault } from "./notice";
import { askAgain } from "./rulebook/asked";
import { formatDuration } from "./format";
import type { Page } from "./wire";

export interface Mute {
  rule: string;
  project: string;
  by: string | null;
  at: number;
  until: number | null;
}

/** Known once it was asked for; null before, and where it could not be read. */
export const mutes = signal<readonly Mute[] | null>(null);

const FRESH_MS = 10_000;
let askedAt = -Infinity;

const pathOf = (rule: string, project: string): string =>
  `rules/${encodeURIComponent(rule)}/mutes/${encodeURIComponent(project)}`;

export async function readMutes(): Promise<readonly Mute[]> {
  const query = new URLSearchParams({ limit: "1000" });
  mutes.value = (await call<Page<Mute>>("mutes", { query })).items;
  return mutes.value;
}

/** Asks for them unless that was done a moment ago: many incidents want to know at once. */
export function wantMutes(): void {
  if (performance.now() - askedAt < FRESH_MS) return;
  askedAt = performance.now();
  readMutes().catch(() => undefined); // then nothing is said to be muted
}

export const muteOf = (
  all: readonly Mute[] | null,
  rule: string,
  project: string | null | undefined,
  time: number,
): Mute | undefined =>
  all?.find((one) => one.rule === rule && one.project === project && (one.until === null || time < one.until));

/** `Muted for project p by ada`. */
export function mutedWords({ project, by, until }: Mute, time: number): string {
  const left = until === null ? "" : ` for ${formatDuration(until - time)} more`;
  return `Muted for project ${project}${by === null ? "" : ` by ${by}`}${left}`;
}

async function put(rule: string, project: string, until: number | null): Promise<void> {
  const mute = await call<Mute>(pathOf(rule, project), { body: until === null ? {} : { until } }, "PUT");
  mutes.value = [...without(rule, project), mute];
  askAgain();
}

async function end(rule: string, project: string): Promise<void> {
  await call<undefined>(pathOf(rule, project), { body: {} }, "DELETE");
  mutes.value = without(rule, project);
  askAgain();
}

const without = (rule: string, project: string): Mute[] =>
  (mutes.peek() ?? []).filter((one) => one.rule !== rule || one.project !== project);

/** A rule and a project; `until` where it ends by itself. */
export interface Place {
  rule: string;
  project: string;
  until?: number | null;
}

const wordsOfAll = (places: readonly Place[]): string => {
  const [first] = places;
  return places.length === 1 && first ? `${first.rule} for project ${first.project}` : `${places.length} rules`;
};

/** Mutes them or ends that, and says so with the way back, or says why it was not done. */
function perform(places: readonly Place[], isMuting: boolean, isBack = false): void {
  const acts = places.map(({ rule, project, until }) =>
    isMuting ? put(rule, project, until ?? null) : end(rule, project),
  );
  Promise.all(acts).then(
    () => {
      const what = wordsOfAll(places);
      const words = isMuting ? `Muted: ${what}. It judges, and is told to nobody.` : `Told again: ${what}.`;
      if (isBack) say(words);
      else
        say(words, () => {
          perform(places, !isMuting, true);
        });
    },
    (fault: unknown) => {
      sayFault(wordsOf(fault));
    },
  );
}

export function mute(places: readonly Place[]): void {
  if (places.length > 0) perform(places, true);
}

export function unmute(places: readonly Place[]): void {
  if (places.length > 0) perform(places, false);
}

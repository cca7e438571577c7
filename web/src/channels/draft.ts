/** A channel as it stands in the form, and back to what is told of it. Pure. */
import type { Severity } from "../wire";
import type { Channel, ChannelKind, EventType, Told } from "./wire";

/** `url` and `secret` are empty where they stay as they are: they are never read back. */
export interface Draft {
  kind: ChannelKind;
  name: string;
  url: string;
  secret: string;
  severity: Severity;
  projects: readonly string[];
  rules: readonly string[];
  events: readonly EventType[];
  isQuiet: boolean;
  start: string;
  end: string;
  butCritical: boolean;
  enabled: boolean;
}

/** The places of what is told, as the server names them, at which a fault may stand. */
export const PLACES = [
  "name",
  "url",
  "secret",
  "filters.severity",
  "filters.projects",
  "filters.rules",
  "filters.events",
  "quiet.start",
  "quiet.end",
] as const;

export const KINDS: readonly ChannelKind[] = ["standard", "alertmanager", "apprise"];
const NIGHT = { start: "22:00", end: "07:00" };

export const newDraft = (kind: ChannelKind): Draft => ({
  kind,
  name: "",
  url: "",
  secret: "",
  severity: "warning",
  projects: [],
  rules: [],
  events: [],
  isQuiet: false,
  ...NIGHT,
  butCritical: true,
  enabled: true,
});

export const draftOf = ({ kind, name, filters, quiet, enabled }: Channel): Draft => ({
  ...newDraft(kind),
  name,
  severity: filters.severity,
  projects: filters.projects,
  rules: filters.rules,
  events: filters.events,
  isQuiet: quiet !== null,
  start: quiet?.start ?? NIGHT.start,
  end: quiet?.end ?? NIGHT.end,
  butCritical: quiet?.but_critical ?? true,
  enabled,
});

/** Whether two say the same; a kind that was chosen is not written yet. */
export const isSame = (one: Draft, other: Draft): boolean =>
  JSON.stringify({ ...one, kind: "" }) === JSON.stringify({ ...other, kind: "" });

/** What is told; `isNew` tells the kind too. What is kept is left out. */
export function toldOf(draft: Draft, isNew: boolean): Told {
  const [name, url, secret] = [draft.name.trim(), draft.url.trim(), draft.secret.trim()];
  return {
    ...(isNew ? { kind: draft.kind } : {}),
    ...(name === "" ? {} : { name }),
    ...(url === "" ? {} : { url }),
    ...(isNew && draft.kind === "standard" && secret !== "" ? { secret } : {}),
    filters: {
      projects: [...draft.projects],
      rules: [...draft.rules],
      severity: draft.severity,
      events: [...draft.events],
    },
    quiet: draft.isQuiet ? { start: draft.start, end: draft.end, but_critical: draft.butCritical } : null,
    enabled: draft.enabled,
  };
}

/** What can be said before the server is asked. */
export function faultsOf(draft: Draft, isNew: boolean): { place: string; detail: string }[] {
  const faults = [];
  if (isNew && draft.url.trim() === "") faults.push({ place: "url", detail: "say where its messages go" });
  if (!isNew && draft.name.trim() === "") faults.push({ place: "name", detail: "a channel has a name" });
  if (draft.isQuiet && draft.start === "") faults.push({ place: "quiet.start", detail: "say a time" });
  if (draft.isQuiet && draft.end === "") faults.push({ place: "quiet.end", detail: "say a time" });
  return faults;
}

/** A time of the UTC day as the clock here shows it; empty where the two are the same, or it is no time. */
export function localTime(utc: string, offsetMinutes: number): string {
  const found = /^(\d\d):(\d\d)$/.exec(utc);
  if (!found || offsetMinutes === 0) return "";
  const minutes = (Number(found[1]) * 60 + Number(found[2]) - offsetMinutes + 2880) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** Which incidents the inbox shows: read from the address, asked of the service, and held against what comes live; pure. */
import type { Incident } from "../findings";
import type { Changes } from "../route";
import type { Run, Severity } from "../wire";

export const STATES = ["firing", "resolved", "all"] as const;
export type StateChoice = (typeof STATES)[number];

/** The least that is shown, by name; notes are left out unless they are asked for. */
export const SEVERITIES = ["warning", "critical", "all"] as const;
export type SeverityChoice = (typeof SEVERITIES)[number];

export interface InboxFilter {
  state: StateChoice;
  severity: SeverityChoice;
  rule: string;
  project: string;
  /** Only what nobody has acknowledged. */
  unseen: boolean;
  words: string;
}

const ADMITS: Record<SeverityChoice, readonly Severity[]> = {
  all: [],
  warning: ["critical", "warning"],
  critical: ["critical"],
};

const oneOf = <T extends string>(choices: readonly T[], told: string | null, usual: T): T =>
  choices.find((choice) => choice === told) ?? usual;

export function parseFilter(query: URLSearchParams): InboxFilter {
  return {
    state: oneOf(STATES, query.get("state"), "firing"),
    severity: oneOf(SEVERITIES, query.get("severity"), "warning"),
    rule: query.get("rule") ?? "",
    project: query.get("project") ?? "",
    unseen: query.get("seen") === "no",
    words: (query.get("q") ?? "").trim(),
  };
}

/** The filter as it stands in the address, where the usual is left out. */
export function changesOf({ state, severity, rule, project, unseen, words }: InboxFilter): Changes {
  const told = (text: string, usual = ""): string | null => (text === usual ? null : text);
  return {
    state: told(state, "firing"),
    severity: told(severity, "warning"),
    rule: told(rule),
    project: told(project),
    seen: unseen ? "no" : null,
    q: told(words),
  };
}

export const EVERYTHING: InboxFilter = parseFilter(new URLSearchParams());

/** Whether anything is left out that the inbox usually shows. */
export const isNarrowed = (filter: InboxFilter): boolean =>
  filter.severity === "critical" || filter.rule + filter.project + filter.words !== "" || filter.unseen;

/** What to ask the service for. */
export function askFor(filter: InboxFilter, limit: number, cursor: string | null): URLSearchParams {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor !== null) query.set("cursor", cursor);
  if (filter.state !== "all") query.set("state", filter.state);
  for (const severity of ADMITS[filter.severity]) query.append("severity", severity);
  if (filter.rule !== "") query.set("rule", filter.rule);
  if (filter.project !== "") query.set("project", filter.project);
  if (filter.unseen) query.set("acknowledged", "false");
  if (filter.words !== "") query.set("q", filter.words);
  return query;
}

/** Whether an incident answers to the filter, as the service would say. */
export function admits(filter: InboxFilter, { root, severity }: Incident, run: Run | undefined): boolean {
  if (filter.state !== "all" && root.state !== filter.state) return false;
  if (filter.severity !== "all" && !ADMITS[filter.severity].includes(severity)) return false;
  if (filter.rule !== "" && root.rule !== filter.rule) return false;
  if (filter.project !== "" && run?.project !== filter.project) return false;
  if (filter.unseen && root.acknowledged !== null) return false;
  const text = [root.title, root.rule, root.subject, run?.name, run?.project, root.run_id].join("\n").toLowerCase();
  return filter.words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

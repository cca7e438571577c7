/** What the service tells of itself: version, database, what it judges and keeps, its limits. */
import { useEffect, useState } from "preact/hooks";
import { readAbout, type About } from "../api-about";
import { wordsOf } from "../api";
import { formatBytes, formatDuration } from "../format";
import { wantsToken } from "../socket";
import { now } from "../state";

const KINDS: Record<string, string> = { sqlite: "SQLite, one file", postgresql: "PostgreSQL" };
const DAY = 86_400;

interface Fact {
  name: string;
  words: string;
  /** The setting that changes it. */
  setting?: string;
}

const kept = (days: number | null | undefined): string =>
  days === null || days === undefined ? "for ever" : `for ${formatDuration(days * DAY)} after the end`;
const room = (bytes: number | null | undefined): string =>
  bytes === null || bytes === undefined ? "without a limit" : `up to ${formatBytes(bytes)} a project`;

/** In the order in which they are asked for most. */
export function factsOf(about: About): Fact[] {
  const own = Object.entries(about.project_keeping).map(([name, keeping]): Fact => {
    const days = keeping.retention_days === undefined ? about.retention_days : keeping.retention_days;
    const bytes = keeping.quota_bytes === undefined ? about.quota_bytes : keeping.quota_bytes;
    return { name: `Runs of ${name} are kept`, words: `${kept(days)}, ${room(bytes)}`, setting: "project_keeping" };
  });
  return [
    { name: "Version", words: about.version },
    { name: "Database", words: KINDS[about.database] ?? about.database, setting: "database" },
    { name: "Access", words: about.token_wanted ? "with a token" : "without a token", setting: "token" },
    { name: "Judging", words: about.judging ? "on" : "off: no verdicts are made", setting: "judging" },
    {
      name: "Rules from a file",
      words: about.has_rules_file ? "yes; the page cannot change those" : "none",
      setting: "rules_file",
    },
    {
      name: "A run is stalled",
      words: `after ${formatDuration(about.stalled_after)} at least`,
      setting: "stalled_after",
    },
    { name: "A run is lost", words: `after ${formatDuration(about.lost_after)} of silence`, setting: "lost_after" },
    { name: "Runs are kept", words: kept(about.retention_days), setting: "retention_days" },
    { name: "Points are kept", words: room(about.quota_bytes), setting: "quota_bytes" },
    ...own,
    { name: "Largest request", words: `${formatBytes(about.max_body)} as sent`, setting: "max_body" },
    { name: "Largest once unpacked", words: formatBytes(about.max_decoded), setting: "max_decoded" },
  ];
}

export function AboutService() {
  const [about, setAbout] = useState<About | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    readAbout().then(setAbout, (error: unknown) => {
      if (!wantsToken(error)) setFault(wordsOf(error));
    });
  }, []);
  return (
    <section class="card about" aria-labelledby="about-title">
      <h2 id="about-title">This service</h2>
      {fault !== "" && <p class="fault">The service did not tell of itself. {fault}</p>}
      {!about && fault === "" && <p class="dim">Asking the service…</p>}
      {about && (
        <dl>
          {factsOf(about).map(({ name, words, setting }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {words} {setting !== undefined && <code>{setting}</code>}
              </dd>
            </div>
          ))}
          <div>
            <dt>Up</dt>
            <dd>for {formatDuration(now.value - about.listening_since)}</dd>
          </div>
        </dl>
      )}
      {(about !== null || fault !== "") && <Links hasFigures={about?.token_wanted === false} />}
    </section>
  );
}

function Links({ hasFigures }: { hasFigures: boolean }) {
  return (
    <p>
      <a href="docs">The interface for programs</a> · <a href="openapi.json">its description</a>
      {hasFigures && (
        <>
          {" "}
          · <a href="metrics">the service's own figures</a>
        </>
      )}
    </p>
  );
}

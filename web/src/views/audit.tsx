/** Who did what to the service: the newest first, more on demand. */
import { useEffect, useState } from "preact/hooks";
import { wordsOf } from "../api";
import { listDeeds, type Deed } from "../api-audit";
import { formatAge } from "../format";
import { ruleHref, runHref } from "../route";
import { wantsToken } from "../socket";
import { now } from "../state";

/** Deeds as a person would tell them; what is not here is told by its name. */
const WORDS: Record<string, string> = {
  "run.delete": "deleted the run",
  "run.purge": "purged the run",
  "run.restore": "restored the run",
  "run.stop": "stopped the run",
  "run.change": "changed the run",
  "alert.ack": "acknowledged the alert",
  "alert.unack": "took back the acknowledgement of the alert",
  "alert.silence": "silenced the alert",
  "rule.put": "changed the rule",
  "rule.delete": "deleted the rule",
  "rule.mute": "muted the rule",
  "rule.unmute": "ended the mute of the rule",
  "webhook.add": "added the webhook",
  "webhook.change": "changed the webhook",
  "webhook.delete": "deleted the webhook",
  "webhook.test": "tried the webhook",
  "webhook.replay": "sent anew what was given up of the webhook",
  "delivery.replay": "sent anew the message",
  "token.create": "made the token",
  "token.revoke": "revoked the token",
  "session.begin": "signed in",
  "session.end": "signed out",
  "session.refuse": "was refused with a wrong token",
};

export default function Audit() {
  const [deeds, setDeeds] = useState<Deed[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [fault, setFault] = useState("");
  const read = (cursor: string | null): void => {
    listDeeds(cursor).then(
      (page) => {
        setDeeds((before) => [...(cursor === null ? [] : (before ?? [])), ...page.items]);
        setNext(page.next);
      },
      (error: unknown) => {
        if (!wantsToken(error)) setFault(wordsOf(error));
      },
    );
  };
  useEffect(() => {
    read(null);
  }, []);
  if (fault !== "") return <p class="fault">{fault}</p>;
  if (deeds === null) return <p class="dim">Asking the service…</p>;
  if (deeds.length === 0) return <p class="dim">Nothing is on record yet.</p>;
  return (
    <>
      <ol class="deeds">
        {deeds.map((deed) => (
          <li key={deed.id}>
            <strong>{deed.actor}</strong> {WORDS[deed.action] ?? deed.action} <Subject deed={deed} />
            <small>
              <time dateTime={new Date(deed.at * 1000).toISOString()} title={new Date(deed.at * 1000).toLocaleString()}>
                {formatAge(deed.at, now.value)}
              </time>
              {deed.address !== null && ` from ${deed.address}`}
              {deed.project !== null && `, project ${deed.project}`}
              {Array.isArray(deed.details.fields) && `: ${deed.details.fields.join(", ")}`}
            </small>
          </li>
        ))}
      </ol>
      {next !== null && (
        <button
          type="button"
          onClick={() => {
            read(next);
          }}
        >
          Earlier ones
        </button>
      )}
    </>
  );
}

function Subject({ deed }: { deed: Deed }) {
  if (deed.subject === null) return null;
  if (deed.kind === "run") return <a href={runHref(deed.subject)}>{deed.subject}</a>;
  if (deed.kind === "rule") return <a href={ruleHref(deed.subject)}>{deed.subject}</a>;
  const { name } = deed.details;
  if (typeof name === "string") return <span title={deed.subject}>{name}</span>;
  return <code>{deed.subject}</code>;
}

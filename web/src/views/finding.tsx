/** One finding: what is wrong, by which figures, why, and what to do. */
import { causeName, evidenceRows, isRefuted, isSentence, isWords, spanWords, weighed, windowWords } from "../evidence";
import type { EvidenceRow } from "../evidence";
import { formatCount } from "../format";
import type { RunStore } from "../run";
import type { Alert, Cause, Severity } from "../wire";
import { Handling } from "./handling";
import { SeverityOf } from "./severity";
import { ToldSlot } from "./told-slot";
import { Worded } from "./worded";

interface FindingProps {
  alert: Alert;
  /** Of the incident, where what follows from a finding is worse than it is. */
  severity?: Severity;
  store: RunStore;
}

export function Finding({ alert, severity = alert.severity, store }: FindingProps) {
  return (
    <>
      <SeverityOf severity={severity} rule={alert.rule} isOver={alert.state === "resolved"} />
      <h3>
        <Worded text={alert.title} />
      </h3>
      <ShowStep alert={alert} store={store} />
      <EvidenceTable alert={alert} />
      <Causes causes={alert.causes} />
      <Actions actions={alert.actions} />
      {alert.cannot_tell !== "" && (
        <p class="cannot">
          Cannot tell: <Worded text={alert.cannot_tell} />
        </p>
      )}
      {alert.parent === null && <ToldSlot alert={alert} />}
      {alert.state === "firing" && <Handling alert={alert} store={store} />}
    </>
  );
}

/** The steps of a finding as a button that shows the first of them on the charts. */
function ShowStep({ alert, store }: { alert: Alert; store: RunStore }) {
  return (
    <p class="span">
      <button
        type="button"
        class="quiet step"
        aria-pressed={store.shown.value?.id === alert.id}
        title="Mark this step on the charts"
        onClick={() => {
          store.show({ id: alert.id, step: alert.opened_step, keys: alert.evidence.keys });
        }}
      >
        {spanWords(alert)}
      </button>
      {alert.reason !== null && alert.reason !== "" && <span class="dim">{alert.reason}</span>}
    </p>
  );
}

function EvidenceTable({ alert }: { alert: Alert }) {
  const rows = evidenceRows(alert);
  if (rows.length === 0) return null;
  return (
    <>
      <table class="evidence">
        <caption class={isTold(alert) ? "unseen" : undefined}>{windowWords(alert)}</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">Figure</span>
            </th>
            <th scope="col">observed</th>
            <th scope="col">expected</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <EvidenceLine key={`${row.kind} ${row.name}`} row={row} />
          ))}
        </tbody>
      </table>
      {alert.evidence.formula !== "" && <p class="formula">{alert.evidence.formula}</p>}
    </>
  );
}

/** Whether the line above the table says as much as its caption. */
const isTold = (alert: Alert): boolean => windowWords(alert).toLowerCase() === spanWords(alert);

function EvidenceLine({ row }: { row: EvidenceRow }) {
  if (isSentence(row)) {
    const isDue = row.observed === "";
    return (
      <tr class="sentence">
        <th scope="row">{isDue ? `${row.name}, expected` : row.name}</th>
        <td colSpan={2}>{isDue ? row.expected : row.observed}</td>
      </tr>
    );
  }
  return (
    <tr class={row.kind}>
      <th scope="row">{row.name}</th>
      <td>{row.observed}</td>
      <td class={isWords(row.expected) ? "words" : undefined}>{row.expected}</td>
    </tr>
  );
}

function Causes({ causes }: { causes: readonly Cause[] }) {
  if (causes.length === 0) return null;
  const { shown, folded } = weighed(causes);
  return (
    <>
      <CauseList causes={shown} />
      {folded.length > 0 && (
        <details>
          <summary>
            {formatCount(folded.length)} more {folded.length === 1 ? "cause" : "causes"} refuted
          </summary>
          <CauseList causes={folded} />
        </details>
      )}
    </>
  );
}

function CauseList({ causes }: { causes: readonly Cause[] }) {
  return (
    <ul class="causes" aria-label="Causes">
      {causes.map((cause) => (
        <li key={cause.id} class={isRefuted(cause) ? "refuted" : undefined}>
          <Fit cause={cause} />
          {isRefuted(cause) ? <s>{causeName(cause)}</s> : <b>{causeName(cause)}</b>}
          <span class="why">
            <Worded text={cause.explanation} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Fit({ cause }: { cause: Cause }) {
  const fit = cause.fit ?? 0;
  const words = isRefuted(cause) ? "refuted by the figures" : `fits ${Math.round(fit * 100)}%`;
  return (
    <span class="fit" role="img" aria-label={words} title={words}>
      <i style={{ width: `${Math.round(fit * 100)}%` }} />
    </span>
  );
}

function Actions({ actions }: { actions: readonly string[] }) {
  if (actions.length === 0) return null;
  return (
    <div class="do">
      <b>Do:</b>
      <ul>
        {actions.map((action, index) => (
          <li key={index}>
            <Worded text={action} />
          </li>
        ))}
      </ul>
    </div>
  );
}

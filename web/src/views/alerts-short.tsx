/** An incident in short, unfolded in the inbox: observed against expected, the likeliest cause, the first thing to do. */
import { causeName, evidenceRows, isRefuted, isSentence, weighed } from "../evidence";
import { formatCount } from "../format";
import type { Alert } from "../wire";
import { MuteButton } from "./mute";
import { ToldSlot } from "./told-slot";
import { Worded } from "./worded";

const MOST_ROWS = 4;

interface ShortProps {
  root: Alert;
  follows: readonly Alert[];
  project: string | null | undefined;
}

export function InShort({ root, follows, project }: ShortProps) {
  const cause = weighed(root.causes).shown.find((one) => !isRefuted(one));
  const action = root.actions[0];
  return (
    <div class="short">
      <Figures alert={root} />
      {cause && (
        <p>
          <b>{causeName(cause)}</b> <span class="dim">fits {Math.round((cause.fit ?? 0) * 100)}%:</span>{" "}
          <Worded text={cause.explanation} />
        </p>
      )}
      {!cause && root.cannot_tell !== "" && (
        <p class="dim">
          Cannot tell: <Worded text={root.cannot_tell} />
        </p>
      )}
      {action !== undefined && (
        <p>
          <b>Do:</b> <Worded text={action} />
        </p>
      )}
      {follows.length > 0 && (
        <p class="dim">
          Explains {formatCount(follows.length)} more: {follows.map((one) => one.title).join("; ")}.
        </p>
      )}
      <ToldSlot alert={root} />
      <p class="handling">
        <MuteButton rule={root.rule} project={project} />
      </p>
    </div>
  );
}

function Figures({ alert }: { alert: Alert }) {
  const rows = evidenceRows(alert)
    .filter((row) => row.kind !== "group" && !isSentence(row))
    .slice(0, MOST_ROWS);
  if (rows.length === 0) return null;
  return (
    <table class="evidence">
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
          <tr key={`${row.kind} ${row.name}`}>
            <th scope="row">{row.name}</th>
            <td>{row.observed}</td>
            <td>{row.expected}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

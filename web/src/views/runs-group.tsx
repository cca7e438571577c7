/** The head of a group of runs: how many there are, the worst signal, and the handle that folds it. */
import { formatCount } from "../format";
import type { GroupLine } from "../runs/arrange";
import { shareOf, withAll } from "../runs/selection";
import { goWith, query } from "../state";
import type { RunState } from "../wire";
import type { LineAsked } from "./runs-row";
import { Signal, STATE_WORDS } from "./state-pill";

export function fold(line: GroupLine): void {
  const folded = query.peek().getAll("fold");
  goWith({ fold: line.isFolded ? folded.filter((one) => one !== line.name) : [...folded, line.name] });
}

const NONE: Record<string, string> = { project: "No project", state: "", tag: "No tag", group: "No group" };

export function GroupRow({ store, line, at, tab, by }: LineAsked<GroupLine> & { by: string }) {
  const share = shareOf(store.selected.value, line.ids);
  const name = by === "state" ? STATE_WORDS[line.name as RunState] : line.name;
  const told = name === "" ? (NONE[by] ?? "") : name;
  return (
    <tr data-line={at} aria-rowindex={at + 2} class="group">
      <td
        class="c-check"
        onClick={() => {
          store.choose(withAll(store.selected.peek(), line.ids, share !== "all"));
        }}
      >
        <input
          type="checkbox"
          checked={share === "all"}
          indeterminate={share === "some"}
          tabIndex={tab}
          aria-label={`Select all of ${told}`}
        />
      </td>
      <td class="c-signal">
        <Signal small aspect={line.aspect} />
      </td>
      <td colSpan={6} class="c-group">
        <button
          type="button"
          class="fold"
          tabIndex={tab}
          aria-expanded={!line.isFolded}
          onClick={() => {
            fold(line);
          }}
        >
          <span aria-hidden="true">{line.isFolded ? "▸" : "▾"}</span> {told}
        </button>{" "}
        <small>
          {formatCount(line.ids.length)} {line.ids.length === 1 ? "run" : "runs"}
          {line.alive > 0 && ` · ${formatCount(line.alive)} live`}
        </small>
      </td>
    </tr>
  );
}

/** What all runs have in common, folded, and fetched when somebody unfolds it. */
import { useState } from "preact/hooks";
import { wordsOf } from "../api";
import { compare } from "../api-compare";
import { formatCount } from "../format";
import type { Json } from "../wire";
import { SECTIONS, valueText } from "./naming";
import type { Comparison } from "./wire";

/** Pixels of the table's head and of a row, and the most that the whole takes before it scrolls by itself. */
const [HEAD, ROW, MOST] = [40, 33, 420];

export function Equal({ comparison, runs }: { comparison: Comparison; runs: readonly string[] }) {
  const [same, setSame] = useState<{ section: string; path: string; value: Json }[] | null>(null);
  const [words, setWords] = useState("Loading…");
  const count = SECTIONS.reduce((sum, { name }) => sum + comparison[name].equal, 0);
  if (count === 0) return null;
  const load = async (): Promise<void> => {
    try {
      const found = await compare(runs, true);
      setSame(SECTIONS.flatMap(({ name }) => (found[name].same ?? []).map((one) => ({ section: name, ...one }))));
    } catch (fault) {
      setWords(wordsOf(fault));
    }
  };
  return (
    <details
      class="equal"
      onToggle={(event) => {
        if (event.currentTarget.open) void load();
      }}
    >
      <summary>{formatCount(count)} equal</summary>
      {/* Its room is known before its rows are. */}
      <div class="equal-room" style={{ height: `${String(Math.min(HEAD + count * ROW, MOST))}px` }}>
        {same ? <EqualTable same={same} /> : <p class="note">{words}</p>}
      </div>
    </details>
  );
}

function EqualTable({ same }: { same: readonly { section: string; path: string; value: Json }[] }) {
  return (
    <div class="widebox" tabIndex={0} role="region" aria-label="What is equal">
      <table class="compare-table">
        <thead>
          <tr>
            <th scope="col">path</th>
            <th scope="col">in every run</th>
          </tr>
        </thead>
        <tbody>
          {same.map(({ section, path, value }) => (
            <tr key={`${section} ${path}`}>
              <th scope="row">
                <code>
                  <span class="dim">{section} </span>
                  {path}
                </code>
              </th>
              <td>
                <code>{valueText(value)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

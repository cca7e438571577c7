/** The projects for which a rule is muted, and muting it for another. */
import { useEffect, useState } from "preact/hooks";
import { projectNames } from "../api-rules";
import { formatAge } from "../format";
import { mute, mutedWords, unmute, type Mute } from "../mutes";
import { now } from "../state";

export function RuleMutes({ rule, mutes }: { rule: string; mutes: readonly Mute[] }) {
  return (
    <section class="rule-mutes" aria-label="Muted">
      <h2>Muted</h2>
      <p class="dim">
        Muted for a project, the rule judges its runs all the same, and nobody is told of what it finds there.
      </p>
      {mutes.length > 0 && (
        <ul>
          {mutes.map((one) => (
            <li key={one.project}>
              {mutedWords(one, now.value)}, {formatAge(one.at, now.value)}{" "}
              <button
                type="button"
                class="quiet"
                aria-label={`End the mute for project ${one.project}`}
                onClick={() => {
                  unmute([one]);
                }}
              >
                End the mute
              </button>
            </li>
          ))}
        </ul>
      )}
      <AddMute rule={rule} muted={mutes.map(({ project }) => project)} />
    </section>
  );
}

function AddMute({ rule, muted }: { rule: string; muted: readonly string[] }) {
  const [names, setNames] = useState<readonly string[]>([]);
  const [chosen, setChosen] = useState("");
  useEffect(() => {
    projectNames().then(setNames, () => undefined); // then there is none to choose
  }, []);
  const left = names.filter((name) => !muted.includes(name));
  const project = left.includes(chosen) ? chosen : (left[0] ?? "");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (project !== "") mute([{ rule, project }]);
      }}
    >
      <label>
        <span class="unseen">Project</span>
        <select
          value={project}
          disabled={left.length === 0}
          onChange={(event) => {
            setChosen(event.currentTarget.value);
          }}
        >
          {left.length === 0 && (
            <option value="">{names.length === 0 ? "no project yet" : "every project is muted"}</option>
          )}
          {left.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>{" "}
      <button type="submit" disabled={left.length === 0}>
        Mute for this project
      </button>
    </form>
  );
}

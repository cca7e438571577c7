/** What each project takes and how long it is kept: read only when it is asked for, for it is counted anew each time. */
import { useState } from "preact/hooks";
import { wordsOf } from "../api";
import { listProjects } from "../api-runs";
import { formatBytes, formatCount } from "../format";
import type { RunsStore } from "../runs/store";
import type { Project } from "../wire";
import { OldRuns } from "./storage-old";

export function Storage({ store }: { store: RunsStore }) {
  const [projects, setProjects] = useState<readonly Project[] | null>(null);
  const [fault, setFault] = useState("");
  const onToggle = (event: Event): void => {
    if (!(event.currentTarget as HTMLDetailsElement).open) return;
    listProjects().then(
      (page) => {
        setFault("");
        setProjects([...page.items].sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0)));
      },
      (error: unknown) => {
        setFault(wordsOf(error));
      },
    );
  };
  return (
    <details class="storage" onToggle={onToggle}>
      <summary>Storage by project</summary>
      {fault !== "" && (
        <p class="note" role="alert">
          {fault}
        </p>
      )}
      {projects && <Projects projects={projects} store={store} />}
      <p class="dim">
        How long runs are kept, and how much of a project, is set where the service is started:{" "}
        <code>retention_days</code>, <code>quota_bytes</code>, and <code>project_keeping</code> for single projects.
      </p>
    </details>
  );
}

function Projects({ projects, store }: { projects: readonly Project[]; store: RunsStore }) {
  return (
    <table class="projects" aria-label="Storage by project">
      <thead>
        <tr>
          <th scope="col">Project</th>
          <th scope="col" class="number">
            Runs
          </th>
          <th scope="col" class="number">
            Takes
          </th>
          <th scope="col">Kept</th>
          <th scope="col">
            <span class="unseen">Delete old runs</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {projects.map((project) => (
          <tr key={project.name}>
            <th scope="row">{project.name}</th>
            <td class="number">{formatCount(project.runs)}</td>
            <td class="number">{formatBytes(project.bytes)}</td>
            <td class="dim">{keptOf(project)}</td>
            <td>
              <OldRuns project={project.name} store={store} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the settings of the service say of a project. */
export function keptOf({ retention_days: days, quota_bytes: quota, bytes }: Project): string {
  const age = days ? `${formatCount(days)} ${days === 1 ? "day" : "days"} after the end` : "";
  if (!quota) return age === "" ? "for good" : age;
  const room = bytes === null || bytes === undefined ? "" : `, ${((bytes / quota) * 100).toFixed(0)}% taken`;
  return `${age === "" ? "" : `${age}, `}up to ${formatBytes(quota)}${room}`;
}

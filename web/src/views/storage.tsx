/** What each project takes, at the foot of the list: read only when it is asked for, for it is counted anew each time. */
import { useState } from "preact/hooks";
import { listProjects } from "../api";
import { formatBytes, formatCount } from "../format";
import type { Project } from "../wire";

export function Storage() {
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
        setFault(error instanceof Error ? error.message : "The server did not tell.");
      },
    );
  };
  return (
    <details class="storage" onToggle={onToggle}>
      <summary>Storage by project</summary>
      {fault !== "" && <p class="note">{fault}</p>}
      {projects && (
        <ul>
          {projects.map((project) => (
            <li key={project.name}>
              <b>{project.name}</b> {formatBytes(project.bytes)}{" "}
              <small>
                in {formatCount(project.runs)} {project.runs === 1 ? "run" : "runs"}
              </small>
            </li>
          ))}
        </ul>
      )}
      <p class="dim">
        Ended runs are let go of by <code>lineside prune --project NAME</code>, or by the settings{" "}
        <code>retention_days</code>, <code>quota_bytes</code> and <code>project_keeping</code>.
      </p>
    </details>
  );
}

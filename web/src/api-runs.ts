/** What the list asks of the service: pages of runs in short, and the changes that it makes to them. */
import { call, runPath } from "./api";
import type { Page, Project, Run, RunPage } from "./wire";

export interface PageAsked {
  limit: number;
  cursor?: string | null;
  state?: string;
  deleted: boolean;
}

export function listBrief({ limit, cursor, state, deleted }: PageAsked): Promise<RunPage> {
  const query = new URLSearchParams({ brief: "1", limit: String(limit) });
  if (cursor) query.set("cursor", cursor);
  if (state !== undefined) query.set("state", state);
  if (deleted) query.set("deleted", "1");
  return call<RunPage>("runs", { query });
}

/** The projects with the room that they take; the server reads it from every chunk. */
export function listProjects(): Promise<Page<Project>> {
  return call<Page<Project>>("projects", { query: new URLSearchParams({ bytes: "1", limit: "1000" }) });
}

export const tagRun = (id: string, tags: readonly string[]): Promise<Run> =>
  call<Run>(runPath(id), { body: { tags } }, "PATCH");

export const restoreRun = (id: string): Promise<Run> => call<Run>(`${runPath(id)}/restore`, { body: {} }, "POST");

export function deleteRun(id: string, options: { purge?: boolean; onlyEnded?: boolean } = {}): Promise<Run> {
  const query = new URLSearchParams();
  if (options.purge) query.set("purge", "1");
  if (options.onlyEnded) query.set("only_ended", "1");
  return call<Run>(runPath(id), { query, body: {} }, "DELETE");
}

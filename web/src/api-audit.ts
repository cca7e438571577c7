/** Who did what to the service: read only, for admins. */
import { call } from "./api";

export interface Deed {
  id: number;
  /** Unix seconds. */
  at: number;
  /** The name of the token that it was done by. */
  actor: string;
  scope: string;
  address: string | null;
  action: string;
  kind: string;
  subject: string | null;
  project: string | null;
  /** What else is told of it: the name that it had, the fields that were changed. */
  details: { name?: unknown; fields?: unknown };
}

export interface DeedPage {
  items: Deed[];
  next: string | null;
}

export function listDeeds(cursor: string | null): Promise<DeedPage> {
  const query = new URLSearchParams({ limit: "50" });
  if (cursor !== null) query.set("cursor", cursor);
  return call<DeedPage>("audit", { query });
}

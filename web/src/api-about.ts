/** What the service tells of itself. */
import { call } from "./api";

export interface About {
  version: string;
  /** The kind of database: `sqlite` or `postgresql`. */
  database: string;
  /** Unix seconds since which the service listens. */
  listening_since: number;
  token_wanted: boolean;
  judging: boolean;
  has_rules_file: boolean;
  lost_after: number;
  stalled_after: number;
  max_body: number;
  max_decoded: number;
  retention_days: number | null;
  quota_bytes: number | null;
  project_keeping: Record<string, { retention_days?: number | null; quota_bytes?: number | null }>;
}

export const readAbout = (): Promise<About> => call<About>("about");

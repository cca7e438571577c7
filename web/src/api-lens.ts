/** What the board asks of the service: series within a window, or of one attempt. */
import { call, runPath } from "./api";
import type { SeriesView } from "./wire";

export interface Part {
  keys: readonly string[];
  /** First and last step, inclusive; `null` where there is no such end. */
  from: number | null;
  to: number | null;
  points: number;
  attempt: number | null;
  declared: boolean;
}

export async function partOf(id: string, part: Part, signal: AbortSignal): Promise<Record<string, SeriesView>> {
  const query = new URLSearchParams({ points: String(part.points) });
  for (const key of part.keys) query.append("key", key);
  if (part.from !== null) query.set("from", String(part.from));
  if (part.to !== null) query.set("to", String(part.to));
  if (part.attempt !== null) query.set("attempt", String(part.attempt));
  if (part.declared) query.set("declared", "1");
  const page = await call<{ series: Record<string, SeriesView> }>(`${runPath(id)}/metrics`, { query, signal });
  return page.series;
}

/** What the cards ask of the service: a chart's points in full. */
import { ask, runPath } from "./api";

/** The whole series as a CSV file, as it was logged. */
export async function fetchPoints(run: string, keys: readonly string[], attempt: number | null): Promise<Blob> {
  const query = new URLSearchParams({ format: "csv" });
  for (const key of keys) query.append("key", key);
  if (attempt !== null) query.set("attempt", String(attempt));
  const response = await ask(`${runPath(run)}/metrics`, { query });
  return response.blob();
}

/** The page's one door to REST: small typed calls and one error class. The browser itself adds the session's cookie. */
import type { Alert, CheckPage, Run, SeriesView } from "./wire";

/** An answer that was not 2xx, in the server's own words; `status` 0 means that there was no answer. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The place of each fault, where the server names them. */
    readonly faults: readonly { place: string; detail: string }[] = [],
  ) {
    super(message);
  }
}

/** Where the service stands: beside this page, also under a proxy's path. */
export function serverUrl(): URL {
  return new URL(".", window.location.href.split("#")[0]);
}

export function socketUrl(path: string, query: URLSearchParams): string {
  const url = new URL(path, serverUrl());
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = query.toString();
  return url.toString();
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Asked {
  query?: URLSearchParams;
  /** What changes something bears a body, or none by `{}`: the server takes no other form of a change. */
  body?: unknown;
  signal?: AbortSignal;
}

/** Asks the service; throws an `ApiError` in the server's words, or with status 0 where nothing answers. */
export async function ask(path: string, asked: Asked = {}, method: Method = "GET"): Promise<Response> {
  const url = new URL(path, serverUrl());
  if (asked.query) url.search = asked.query.toString();
  const headers: Record<string, string> = { Accept: "application/json" };
  const init: RequestInit = { headers, method, signal: asked.signal ?? null };
  if (method !== "GET") headers["Content-Type"] = "application/json";
  if (asked.body !== undefined) init.body = JSON.stringify(asked.body);
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (fault) {
    if (asked.signal?.aborted) throw fault;
    throw new ApiError(0, "The server does not answer.");
  }
  if (!response.ok) throw await faultOf(response);
  return response;
}

/** Asks the service for something in JSON. */
export async function call<Answer>(path: string, asked: Asked = {}, method: Method = "GET"): Promise<Answer> {
  const response = await ask(path, asked, method);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** What went wrong, as a sentence to show. */
export const wordsOf = (fault: unknown): string =>
  fault instanceof Error ? fault.message : "The server did not take it.";

async function faultOf(response: Response): Promise<ApiError> {
  let words = `The server answered ${response.status}.`;
  let faults: unknown;
  try {
    const problem = (await response.json()) as { detail?: unknown; title?: unknown; errors?: unknown };
    const said = [problem.detail, problem.title].find((text) => typeof text === "string" && text !== "");
    words = (said as string | undefined) ?? words;
    faults = problem.errors;
  } catch {
    // not our error shape: a proxy's, say
  }
  return new ApiError(response.status, words, Array.isArray(faults) ? (faults as ApiError["faults"]) : []);
}

export const runPath = (id: string): string => `runs/${encodeURIComponent(id)}`;

export function getRun(id: string): Promise<Run> {
  return call<Run>(runPath(id));
}

export function stopRun(id: string): Promise<Run> {
  return call<Run>(`${runPath(id)}/stop`, { body: {} }, "POST");
}

export function listChecks(id: string): Promise<CheckPage> {
  return call<CheckPage>(`${runPath(id)}/checks`);
}

export function acknowledge(id: string): Promise<Alert> {
  return call<Alert>(`alerts/${encodeURIComponent(id)}/ack`, { body: {} }, "POST");
}

export function silence(id: string, seconds: number): Promise<Alert> {
  return call<Alert>(`alerts/${encodeURIComponent(id)}/silence`, { body: { seconds } }, "POST");
}

/** The series with the value that the intent declares for each step. */
export async function declaredSeries(id: string, key: string, points: number): Promise<SeriesView | null> {
  const query = new URLSearchParams({ key, points: String(points), declared: "1" });
  const page = await call<{ series: Record<string, SeriesView> }>(`${runPath(id)}/metrics`, { query });
  return page.series[key] ?? null;
}

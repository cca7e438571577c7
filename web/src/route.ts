/** Where in the page one stands: the view, and its own state as a query behind it. Every state has its address; pure. */

export type Route =
  | { view: "runs" }
  | { view: "run"; id: string }
  | { view: "compare" }
  | { view: "alerts" }
  | { view: "rules" }
  | { view: "rule"; id: string }
  | { view: "settings" }
  | { view: "channels" }
  | { view: "channel"; id: string }
  | { view: "lost" };

export type ViewName = Route["view"];

const PLAIN: Record<string, Route> = {
  "": { view: "runs" },
  runs: { view: "runs" },
  compare: { view: "compare" },
  alerts: { view: "alerts" },
  rules: { view: "rules" },
  settings: { view: "settings" },
  channels: { view: "channels" },
};

export function parseRoute(hash: string): Route {
  const path = (hash.replace(/^#\/?/, "").split("?")[0] ?? "").replace(/\/$/, "");
  const plain = Object.hasOwn(PLAIN, path) ? PLAIN[path] : undefined;
  if (plain) return plain;
  const one = /^(run|rule|channel)s\/([^/]+)$/.exec(path);
  if (!one?.[2]) return { view: "lost" };
  try {
    return { view: one[1] as "run" | "rule" | "channel", id: decodeURIComponent(one[2]) };
  } catch {
    return { view: "lost" };
  }
}

/** The query behind the route; an address without one has an empty one. */
export function parseQuery(hash: string): URLSearchParams {
  const at = hash.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : hash.slice(at + 1));
}

/** What a query may be told to change to: text, several texts of one name, or `null` for none. */
export type Changes = Record<string, string | readonly string[] | null>;

function put(query: URLSearchParams, changes: Changes): URLSearchParams {
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    const values = value === null ? [] : typeof value === "string" ? [value] : value;
    for (const one of values) query.append(name, one);
  }
  return query;
}

/** The same place with a changed query. */
export function changed(hash: string, changes: Changes): string {
  const path = hash.split("?")[0] ?? "";
  const text = put(parseQuery(hash), changes).toString();
  return `${path === "" ? "#/" : path}${text === "" ? "" : `?${text}`}`;
}

const withQuery = (path: string, query: Changes = {}): string => changed(path, query);

export const runsHref = (query?: Changes): string => withQuery("#/", query);
export const runHref = (id: string, query?: Changes): string => withQuery(`#/runs/${encodeURIComponent(id)}`, query);
export const compareHref = (ids: readonly string[]): string => withQuery("#/compare", { run: ids });
export const alertsHref = (query?: Changes): string => withQuery("#/alerts", query);
export const ruleHref = (id: string): string => `#/rules/${encodeURIComponent(id)}`;
/** The book; with `metric` its editor opens on a new rule of that metric, to be tried on `run`. */
export const rulesHref = (query?: Changes): string => withQuery("#/rules", query);
/** A run with one of its findings unfolded and its step shown on the charts. */
export const alertHref = (run: string, alert: string): string => runHref(run, { alert });

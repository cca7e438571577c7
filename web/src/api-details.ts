/** What the inbox and the sections below the charts ask of the service. */
import { ask, call, runPath } from "./api";
import { parseExact, type Exact } from "./details/json";
import { isObject } from "./details/tree";
import type { Alert, AlertPage, Page, Project, Run, RunEvent, RunState } from "./wire";

const MOST_DECLARATIONS = 500;

const alertPath = (id: string): string => `alerts/${encodeURIComponent(id)}`;

export const getAlert = (id: string): Promise<Alert> => call<Alert>(alertPath(id));

/** A page of incidents with their runs and with what follows from them. */
export interface InboxPage extends AlertPage {
  runs: Record<string, Run>;
  follows: Alert[];
}

export function listIncidents(query: URLSearchParams): Promise<InboxPage> {
  const asked = new URLSearchParams(query);
  asked.set("roots", "1");
  asked.set("around", "1");
  return call<InboxPage>("alerts", { query: asked });
}

export const ackAlert = (id: string, note = ""): Promise<Alert> =>
  call<Alert>(`${alertPath(id)}/ack`, { body: note === "" ? {} : { note } }, "POST");

export const takeAckBack = (id: string): Promise<Alert> => call<Alert>(`${alertPath(id)}/ack`, {}, "DELETE");

/** 0 seconds alone end a silence. */
export const silenceAlert = (id: string, until: { seconds?: number; steps?: number }): Promise<Alert> =>
  call<Alert>(`${alertPath(id)}/silence`, { body: until }, "POST");

interface StatesOfProject extends Project {
  states?: Partial<Record<RunState, number>>;
}

/** The projects, each with the number of its runs in each state. */
export async function listStates(): Promise<StatesOfProject[]> {
  const page = await call<Page<StatesOfProject>>("projects", { query: new URLSearchParams({ limit: "1000" }) });
  return page.items;
}

export interface EventQuery {
  types: readonly string[];
  newestFirst: boolean;
  cursor?: string | null;
  limit: number;
}

const eventQuery = ({ types, newestFirst, cursor, limit }: EventQuery): URLSearchParams => {
  const query = new URLSearchParams(types.map((type) => ["type", type]));
  query.set("order", newestFirst ? "-id" : "id");
  query.set("limit", String(limit));
  if (cursor) query.set("cursor", cursor);
  return query;
};

export const listEvents = (id: string, asked: EventQuery): Promise<Page<RunEvent>> =>
  call<Page<RunEvent>>(`${runPath(id)}/events`, { query: eventQuery(asked) });

const exact = async (path: string, query = new URLSearchParams()): Promise<Exact> =>
  parseExact(await (await ask(path, { query })).text());

/** What was declared after the start, oldest first, its numbers with the digits that were sent. */
export async function listDeclarations(id: string): Promise<Exact[]> {
  const query = eventQuery({ types: ["config", "intent"], newestFirst: true, limit: MOST_DECLARATIONS });
  const page = await exact(`${runPath(id)}/events`, query);
  return isObject(page) && Array.isArray(page.items) ? page.items.toReversed() : [];
}

/** A run whose numbers keep the digits that were sent. */
export const getExactRun = (id: string): Promise<Exact> => exact(runPath(id));

export interface GaugeView {
  count: number;
  ts: number[];
  value: number[];
  min: number[];
  max: number[];
}

export interface GaugePage {
  from: number | null;
  to: number | null;
  gauges: Record<string, GaugeView>;
}

export const getGauges = (id: string, points: number): Promise<GaugePage> =>
  call<GaugePage>(`${runPath(id)}/gauges`, { query: new URLSearchParams({ points: String(points) }) });

/** What a person may change of a run. */
export interface RunChange {
  name?: string;
  tags?: readonly string[];
  notes?: string;
}

export const patchRun = (id: string, change: RunChange): Promise<Run> =>
  call<Run>(runPath(id), { body: change }, "PATCH");

/** What the server tells of channels and of the messages that go to them. */
import type { Json, Page, Severity } from "../wire";

export type ChannelKind = "standard" | "alertmanager" | "apprise";
export type EventType = "run.alert.firing" | "run.alert.resolved" | "run.state";
export type DeliveryState = "waiting" | "sending" | "delivered" | "dead";

export interface Filters {
  projects: string[];
  rules: string[];
  severity: Severity;
  events: EventType[];
}

/** Hours of a UTC day, `22:00`. */
export interface Quiet {
  start: string;
  end: string;
  but_critical: boolean;
}

export interface Health {
  delivered_at: number | null;
  failing_since: number | null;
  error: string | null;
  dead_letters: number;
}

export interface Channel {
  id: string;
  kind: ChannelKind;
  name: string;
  /** The scheme and host of its address; the rest is never told. */
  target: string;
  filters: Filters;
  quiet: Quiet | null;
  enabled: boolean;
  disabled_reason: string | null;
  created_at: number;
  updated_at: number;
  deliveries: Partial<Record<DeliveryState, number>>;
  health: Health;
  /** Only in the answer that made it. */
  secret: string | null;
}

export type ChannelPage = Page<Channel>;

/** What is told of a channel that is added or changed. */
export interface Told {
  kind?: ChannelKind;
  name?: string;
  url?: string;
  secret?: string;
  filters: Filters;
  quiet: Quiet | null;
  enabled: boolean;
}

export interface Message {
  id: string;
  webhook: string;
  run_id: string | null;
  alert_id: string | null;
  event: EventType;
  state: DeliveryState;
  attempts: number;
  due_at: number | null;
  created_at: number;
  finished_at: number | null;
  status: number | null;
  error: string | null;
  took_s: number | null;
  body: Record<string, Json>;
}

export type MessagePage = Page<Message>;

export interface ToldMessage extends Message {
  name: string;
  kind: ChannelKind;
}

export interface Untold {
  webhook: string;
  name: string;
  kind: ChannelKind;
  why: string;
  at: number | null;
}

export interface ToldPage extends Page<ToldMessage> {
  nobody: string | null;
  untold: Untold[];
}

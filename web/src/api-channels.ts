/** The calls of channels, their messages, and who was told of an alert. */
import { ApiError, call, wordsOf } from "./api";
import type { Channel, ChannelPage, DeliveryState, Message, MessagePage, Told, ToldPage } from "./channels/wire";

const pathOf = (id: string): string => `webhooks/${encodeURIComponent(id)}`;
const MOST = "1000";

export const listChannels = (): Promise<ChannelPage> =>
  call<ChannelPage>("webhooks", { query: new URLSearchParams({ limit: MOST }) });

export const getChannel = (id: string): Promise<Channel> => call<Channel>(pathOf(id));

export const addChannel = (told: Told): Promise<Channel> => call<Channel>("webhooks", { body: told }, "POST");

export const changeChannel = (id: string, told: Partial<Told> & { rotate_secret?: boolean }): Promise<Channel> =>
  call<Channel>(pathOf(id), { body: told }, "PATCH");

export const deleteChannel = (id: string): Promise<undefined> => call<undefined>(pathOf(id), { body: {} }, "DELETE");

export const testChannel = (id: string): Promise<Message> => call<Message>(`${pathOf(id)}/test`, { body: {} }, "POST");

export interface Wanted {
  state: DeliveryState | null;
  limit: number;
  cursor?: string | null;
}

/** A page of messages, newest first; of those that were given up without the trials, which are no letters. */
export function listMessages(id: string, { state, limit, cursor }: Wanted): Promise<MessagePage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (state !== null) query.set("state", state);
  if (state === "dead") query.set("trials", "0");
  if (cursor) query.set("cursor", cursor);
  return call<MessagePage>(`${pathOf(id)}/deliveries`, { query });
}

export const replayOne = (id: string): Promise<Message> =>
  call<Message>(`deliveries/${encodeURIComponent(id)}/replay`, { body: {} }, "POST");

export const replayAll = (id: string): Promise<{ replayed: number }> =>
  call<{ replayed: number }>(`${pathOf(id)}/replay`, { body: {} }, "POST");

export const whoWasTold = (alert: string): Promise<ToldPage> =>
  call<ToldPage>(`alerts/${encodeURIComponent(alert)}/deliveries`);

/** What went wrong, and where a token may not do it, what it would take. */
export function channelWords(fault: unknown): string {
  const words = wordsOf(fault);
  if (!(fault instanceof ApiError) || fault.status !== 403) return words;
  return `${words} Channels hold secrets: reading and changing them takes a token with the scope admin.`;
}

/** Where channels stand in the page; pure. */
import { changed, type Changes } from "../route";

export const channelsHref = (query: Changes = {}): string => changed("#/channels", query);
export const channelHref = (id: string, query: Changes = {}): string =>
  changed(`#/channels/${encodeURIComponent(id)}`, query);

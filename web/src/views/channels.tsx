/** Channels: all of them, one with its messages, or the form of one; what is asked for says the address. */
import "../styles/help.css";
import "../styles/rules-form.css";
import "../styles/channels.css";
import "../styles/channels-form.css";
import { KINDS } from "../channels/draft";
import { query } from "../state";
import { AddChannel } from "./channels-form";
import { ChannelList } from "./channels-list";
import { ChannelPage } from "./channels-page";

export default function ChannelsView({ id }: { id: string }) {
  const added = query.value.get("add");
  if (id !== "") return <ChannelPage key={id} id={id} />;
  if (added === null) return <ChannelList />;
  return <AddChannel kind={KINDS.find((kind) => kind === added) ?? "standard"} />;
}

/** Settings: what this browser keeps, and what the service tells of itself. */
import "../styles/settings.css";
import { AboutService } from "./about";
import { AuditCard } from "./audit-card";
import { ChannelsCard } from "./channels-card";
import { Notices } from "./notices";
import { SessionCard } from "./session";

export default function SettingsView() {
  return (
    <div class="settings">
      <h1>Settings</h1>
      <p class="dim">They hold in this browser. Those of the service are set where it is started, and told below.</p>
      <Notices />
      <SessionCard />
      <ChannelsCard />
      <AuditCard />
      <AboutService />
    </div>
  );
}

/** Settings: its place, until it is built. */
export default function SettingsView() {
  return <h1>Settings</h1>;
}

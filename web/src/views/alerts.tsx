/** Alerts: its place, until it is built. */
export default function AlertsView() {
  return <h1>Alerts</h1>;
}

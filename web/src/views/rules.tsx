/** Rules: its place, until it is built. */
export default function RulesView() {
  return <h1>Rules</h1>;
}

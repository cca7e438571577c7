/** Compare: its place, until it is built. */
export default function CompareView() {
  return <h1>Compare</h1>;
}

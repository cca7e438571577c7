/** The findings and the charts side by side; loaded after the facts are on screen. */
import "../styles/findings.css";
import Board from "../chart/board";
import type { RunStore } from "../run";
import { LazyDetails } from "./details/lazy";
import { Incidents } from "./incidents";

export default function Columns({ store }: { store: RunStore }) {
  return (
    <>
      <div class="columns">
        <Incidents store={store} />
        <Board store={store} />
      </div>
      <LazyDetails store={store} />
    </>
  );
}

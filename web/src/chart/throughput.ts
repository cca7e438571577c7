/** How fast the run goes: tokens, samples or steps a second, as the trainer measures it. */
import { formatValue } from "../format";
import { lastFinite } from "../series";
import { seriesPicture } from "./generic";
import { firstOfRole, nothing, type Spec } from "./spec";

export const throughput: Spec = {
  id: "throughput",
  title: "Throughput",
  switches: [],
  keys: (board) => [firstOfRole(board, "throughput") ?? []].flat(),
  picture: (board) => {
    const key = firstOfRole(board, "throughput");
    if (key === undefined) return nothing("No throughput is logged. Log it as tokens_per_s.");
    const result = seriesPicture(board, key);
    result.figure.fromZero = true;
    const last = lastFinite(board.track(key));
    return { ...result, headline: last ? `${formatValue(last.value, 3)} ${key}` : "" };
  },
};

/** Any other series: one line with its marks. */
import { formatBytes, formatValue } from "../format";
import { lastFinite, type Track } from "../series";
import { colourOf } from "./colours";
import { drawTrack, figure, PLAIN, type Format, type Manner, type Mark } from "./figure";
import { headlineOf, valueColumn } from "./losses";
import { componentName, eventsOf, nonfiniteMarks } from "./nonfinite";
import { nothing, WAITING, type Board, type Picture, type Spec } from "./spec";

/** Roles that climb or stay by nature: a smoothed line would only lag behind them. */
const NEVER_SMOOTHED = new Set(["weight", "update", "epoch", "lr", "memory", "loss_scale"]);

export function formatOf(key: string, role: string | undefined): Format {
  if (role === "throughput") return "rate";
  return role === "memory" && /bytes|memory$/i.test(key) ? "bytes" : "value";
}

/** A weight bears the name of its component, but what befell the component did not befall the weight. */
function marksOf(board: Board, track: Track, key: string): Mark[] {
  const isWeight = board.run.roles?.[key] === "weight";
  return nonfiniteMarks(track, key, isWeight ? [] : eventsOf(board.events, componentName(key)));
}

const plainly = (look: Manner | undefined): Manner => ({ ...PLAIN, span: look?.span ?? null });

export function seriesPicture(board: Board, key: string): Picture {
  const track = board.track(key);
  if (!track || track.step.length === 0) return nothing(WAITING);
  const role = board.run.roles?.[key];
  const format = formatOf(key, role);
  const parts = drawTrack(track, key, colourOf(key), NEVER_SMOOTHED.has(role ?? "") ? plainly(board.look) : board.look);
  const last = lastFinite(track);
  return {
    figure: figure({ ...parts, marks: marksOf(board, track, key), format }),
    headline: format === "bytes" && last ? formatBytes(last.value) : headlineOf(track),
    labels: [],
    caption: "",
    columns: [{ ...valueColumn(key, track), format: (value) => formatValue(value, 6) }],
    empty: "",
  };
}

export const generic = (key: string): Spec => ({
  id: `series:${key}`,
  title: key,
  switches: [],
  keys: () => [key],
  picture: (board) => {
    const result = seriesPicture(board, key);
    // A small chart has room for the figure alone.
    return { ...result, headline: result.headline.replace(/ at .*$/, "") };
  },
});

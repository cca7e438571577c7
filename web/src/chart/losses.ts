/** The losses: the train total with its marks, and train beside eval. */
import { formatCount, formatValue } from "../format";
import { lastFinite, valueSteps, type Track } from "../series";
import { drawTrack, figure, type Colour } from "./figure";
import { EVAL, TRAIN } from "./colours";
import { runMarks } from "./marks";
import { nonfiniteMarks } from "./nonfinite";
import {
  firstOfRole,
  keysOfRole,
  nothing,
  trackOfRole,
  WAITING,
  type Board,
  type Column,
  type Picture,
  type Spec,
} from "./spec";

export const valueColumn = (name: string, track: Track): Column => ({
  name,
  step: valueSteps(track),
  value: track.value,
  format: (value) => formatValue(value, 6),
  ...(track.buckets > 0 ? { thinned: { low: track.low, high: track.high } } : {}),
});

export function headlineOf(track: Track): string {
  const last = lastFinite(track);
  return last ? `${formatValue(last.value)} at ${formatCount(last.step)}` : "";
}

function trainPicture(board: Board): Picture {
  const found = trackOfRole(board, "train.loss");
  if (!found) {
    return nothing(firstOfRole(board, "train.loss") ? WAITING : "No train loss is logged. Log it as train/loss.");
  }
  const { key, track } = found;
  const parts = drawTrack(track, key, TRAIN, board.look);
  const marks = nonfiniteMarks(track, key, board.events);
  return {
    figure: figure({ ...parts, marks: [...marks, ...runMarks(board.events)] }),
    headline: headlineOf(track),
    labels: [],
    caption: "",
    columns: [valueColumn(key, track)],
    empty: "",
  };
}

export const trainLoss: Spec = {
  id: "train-loss",
  title: "Loss, train",
  switches: [],
  keys: (board) => keysOfRole(board, "train.loss").slice(0, 1),
  picture: trainPicture,
};

function bothPicture(board: Board): Picture {
  const sides: [string, Colour][] = [
    ["train.loss", TRAIN],
    ["eval.loss", EVAL],
  ];
  const result = nothing("");
  for (const [role, colour] of sides) {
    const found = trackOfRole(board, role);
    if (!found) continue;
    const parts = drawTrack(found.track, found.key, colour, board.look);
    // The raw train curve has its own chart; here it would only hide the eval points.
    result.figure.lines.push(...parts.lines.filter((line) => !line.faint));
    if (role === "eval.loss") result.figure.marks.push(...nonfiniteMarks(found.track, found.key, []));
    result.labels.push({ name: found.key, colour, text: formatValue(lastFinite(found.track)?.value) });
    result.columns.push(valueColumn(found.key, found.track));
  }
  result.figure.marks.push(...runMarks(board.events));
  const hasEval = result.labels.some((label) => label.colour === EVAL);
  if (!hasEval) result.empty = firstOfRole(board, "eval.loss") ? WAITING : "No eval loss yet. Log it as eval/loss.";
  return result;
}

export const trainAndEval: Spec = {
  id: "train-eval",
  hasFooter: true,
  title: "Train and eval",
  switches: [],
  keys: (board) => ["train.loss", "eval.loss"].flatMap((role) => keysOfRole(board, role).slice(0, 1)),
  picture: bothPicture,
};

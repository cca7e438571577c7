/** The learning rate as logged, and dashed beside it what the intent declares. */
import { formatCount, formatLr } from "../format";
import { lastFinite, valueSteps } from "../series";
import type { Intent, SeriesView } from "../wire";
import { coloursOf, TRAIN } from "./colours";
import { figure, type Line } from "./figure";
import { nonfiniteMarks } from "./nonfinite";
import { keysOfRole, nothing, WAITING, type Board, type Column, type Picture, type Spec } from "./spec";

function declaredLine(view: SeriesView | null): Line | null {
  if (!view?.declared?.some((value) => value !== null)) return null;
  const value = view.declared.map((one) => one ?? NaN);
  return { name: "declared", step: view.step, value, colour: "dim", dash: true };
}

function scheduleWords(intent: Intent | null | undefined): string {
  const schedule = intent?.schedule;
  if (!schedule?.kind) return "No schedule is declared.";
  const warmup = schedule.warmup ? `, warm-up ${formatCount(schedule.warmup)} ${schedule.unit ?? "update"}s` : "";
  return `Dashed: declared, ${schedule.kind.replaceAll("_", " ")}${warmup}.`;
}

function picture(board: Board): Picture {
  const keys = keysOfRole(board, "lr");
  if (keys.length === 0) return nothing("No learning rate is logged. Log it as lr, in full precision.");
  const result = nothing(WAITING);
  result.figure = figure({ format: "lr", fromZero: true });
  const dashed = declaredLine(board.declared);
  const colours = keys.length === 1 ? new Map(keys.map((key) => [key, TRAIN])) : coloursOf(keys);
  for (const key of keys) {
    const track = board.track(key);
    if (!track || track.step.length === 0) continue;
    const colour = colours.get(key) ?? TRAIN;
    const { value } = track;
    const step = valueSteps(track);
    result.figure.lines.push({ name: key, step, value, colour, dots: step.length < 3 });
    result.figure.marks.push(...nonfiniteMarks(track, key, []));
    const last = lastFinite(track);
    if (last && result.headline === "") result.headline = `${formatLr(last.value)} at ${formatCount(last.step)}`;
    if (keys.length > 1) result.labels.push({ name: key, colour, text: formatLr(last?.value) });
    result.columns.push({ name: key, step, value, format: formatLrInFull });
    result.empty = "";
  }
  if (dashed) {
    // On top: where the two agree the dashes lie on the line, and a gap between them is a fault.
    result.figure.lines.push(dashed);
    result.columns.push({ name: "declared", step: dashed.step, value: dashed.value, format: formatLrInFull });
  }
  result.caption = scheduleWords(board.run.intent);
  return result;
}

/** In a table a learning rate keeps every digit: this is where a stuck schedule shows. */
const formatLrInFull: Column["format"] = (value) => (value === 0 ? formatLr(value) : value.toExponential());

export const learningRate: Spec = {
  id: "lr",
  hasFooter: true,
  title: "Learning rate",
  switches: [],
  keys: (board) => keysOfRole(board, "lr"),
  picture,
  wantsDeclared: true,
};

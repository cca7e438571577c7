/** The loss components of training or eval: raw, weighted, or as shares of their weighted sum. */
import { componentCurve, declaredShares, shareCurves, weightAt, type Component, type ComponentView } from "../derive";
import { formatShare, formatValue } from "../format";
import { lastFinite, spacingOf } from "../series";
import { coloursOf } from "./colours";
import { drawCurve, drawTrack, figure, type Colour } from "./figure";
import { componentName, eventsOf, nonfiniteMarks } from "./nonfinite";
import { keysOfRole, nothing, WAITING, type Board, type Picture, type Spec } from "./spec";

type Phase = "train" | "eval";
/** Up to so many steps, shares are bars beside the declared ones; beyond, lines. */
const BARS_UP_TO = 3;

interface Part extends Component {
  key: string;
  colour: Colour;
}

const weightKey = (phase: string, name: string): string => `${phase}/weight/${name}`;

/** The components in the order of their declaration, the others behind. */
function partKeys(board: Board, phase: Phase): string[] {
  const declared = Object.keys(board.run.intent?.losses ?? {});
  const rank = (key: string): number =>
    (declared.indexOf(componentName(key)) + declared.length + 1) % (declared.length + 1);
  return keysOfRole(board, `${phase}.component`).sort((a, b) => rank(a) - rank(b));
}

/** Colours are given over the components of both phases, so that a name keeps its colour in the other. */
function partsOf(board: Board, phase: Phase): Part[] {
  const names = [...partKeys(board, "train"), ...partKeys(board, "eval")].map(componentName);
  const colours = coloursOf([...new Set(names)]);
  return partKeys(board, phase).flatMap((key) => {
    const track = board.track(key);
    if (!track || track.step.length === 0) return [];
    const name = componentName(key);
    const logged = board.track(weightKey("train", name));
    const declared = board.run.intent?.losses?.[name]?.weight;
    return [
      {
        key,
        name,
        track,
        logged: logged?.step.length ? logged : undefined,
        declared,
        colour: colours.get(name) ?? "s1",
      },
    ];
  });
}

const isWeighed = (part: Part): boolean => weightAt(part, part.track.step.at(-1) ?? 0) !== null;

function picture(board: Board, chosen: readonly string[]): Picture {
  const [view, wanted] = chosen as [ComponentView, Phase];
  const phase = partKeys(board, wanted).length > 0 || partKeys(board, "eval").length === 0 ? wanted : "eval";
  const parts = partsOf(board, phase);
  if (parts.length === 0) {
    const logged = partKeys(board, phase).length > 0;
    return nothing(logged ? WAITING : `No ${phase} components are logged. Call run.log_losses(step, raw={…}).`);
  }
  const areWeighted = board.run.intent?.components_are === "weighted";
  const needed = (view === "raw") === areWeighted || view === "share";
  const shown = needed && !(areWeighted && view === "share") ? parts.filter(isWeighed) : parts;
  if (shown.length === 0)
    return nothing("No weight is known. Declare them in the intent, or give them to run.log_losses.");
  const result =
    view === "share" ? sharePicture(board, shown, areWeighted) : curvesPicture(board, shown, view, areWeighted);
  result.caption = captionOf(board, phase, parts, shown, view);
  return { ...result, shown: [view, phase] };
}

function curvesPicture(board: Board, parts: readonly Part[], view: "raw" | "weighted", areWeighted: boolean): Picture {
  const result = nothing("");
  let sum = 0;
  for (const part of parts) {
    const curve = componentCurve(part, view, areWeighted);
    const asLogged = curve.value === part.track.value;
    const drawn = asLogged
      ? drawTrack(part.track, part.name, part.colour, board.look)
      : { lines: drawCurve(curve, part.name, part.colour, board.look, spacingOf(part.track)), bands: [] };
    const track = { ...part.track, value: curve.value };
    result.figure.lines.push(...drawn.lines);
    result.figure.bands.push(...drawn.bands);
    const events = part.key.startsWith("eval") ? [] : eventsOf(board.events, part.name);
    result.figure.marks.push(...nonfiniteMarks(track, part.key, events));
    const last = lastFinite(track)?.value;
    sum += last ?? NaN;
    result.labels.push({ name: part.name, colour: part.colour, text: formatValue(last) });
    result.columns.push({ name: part.name, ...curve, format: (value) => formatValue(value, 6) });
  }
  if (view === "weighted") result.headline = `sum ${formatValue(sum)}`;
  return result;
}

function sharePicture(board: Board, parts: readonly Part[], areWeighted: boolean): Picture {
  const curves = shareCurves(parts, areWeighted);
  const result = nothing("");
  result.figure = figure({ format: "share", fromZero: true });
  for (const part of parts) {
    const curve = curves.get(part.name) ?? { step: [], value: [] };
    result.labels.push({ name: part.name, colour: part.colour, text: formatShare(curve.value.at(-1)) });
    result.columns.push({ name: part.name, ...curve, format: formatShare });
  }
  const steps = result.columns[0]?.step ?? [];
  if (steps.length === 0) return nothing("Shares need every component at the same step, all of them finite.");
  if (steps.length <= BARS_UP_TO) result.figure.bars = shareBars(parts, result.columns);
  else shareLines(board, parts, result);
  return result;
}

function shareLines(board: Board, parts: readonly Part[], into: Picture): void {
  const declared = declaredShares(board.run.intent);
  parts.forEach((part, index) => {
    const column = into.columns[index];
    if (!column) return;
    const curve = { step: [...column.step], value: [...column.value] };
    into.figure.lines.push(...drawCurve(curve, part.name, part.colour, board.look, spacingOf(part.track)));
    const share = declared.get(part.name);
    const ends = [column.step[0] ?? 0, column.step.at(-1) ?? 0];
    if (share !== undefined) {
      into.figure.lines.push({
        name: `${part.name}, declared`,
        step: ends,
        value: [share, share],
        colour: part.colour,
        dash: true,
      });
    }
  });
}

function shareBars(parts: readonly Part[], columns: Picture["columns"]): Picture["figure"]["bars"] {
  const weights = parts.map((part) => part.declared ?? NaN);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const rows = (columns[0]?.step ?? []).map((step) => `observed at step ${step.toLocaleString("en-GB")}`);
  const hasDeclared = Number.isFinite(total) && total > 0;
  return {
    rows: hasDeclared ? ["declared weights, of those logged", ...rows] : rows,
    parts: parts.map((part, index) => ({
      name: part.name,
      colour: part.colour,
      values: [...(hasDeclared ? [(weights[index] ?? 0) / total] : []), ...(columns[index]?.value ?? [])],
    })),
  };
}

function captionOf(board: Board, phase: Phase, parts: Part[], shown: Part[], view: ComponentView): string {
  const words: string[] = [];
  if (view === "share") words.push(`Shares of the weighted ${phase} sum.`);
  const left = parts.filter((part) => !shown.includes(part)).map((part) => part.name);
  if (left.length > 0) words.push(`Left out, no weight known: ${left.join(", ")}.`);
  const names = new Set(parts.map((part) => part.name));
  const missing = Object.keys(board.run.intent?.losses ?? {}).filter((name) => !names.has(name));
  if (missing.length > 0) words.push(`Declared, but not logged in ${phase}: ${missing.join(", ")}.`);
  const total = keysOfRole(board, `${phase}.loss`)[0];
  const last = total === undefined ? null : lastFinite(board.track(total));
  if (view === "weighted" && total !== undefined && last) words.push(`Logged ${total}: ${formatValue(last.value)}.`);
  return words.join(" ");
}

export const components: Spec = {
  id: "components",
  hasFooter: true,
  title: "Loss components",
  switches: [
    { name: "View", options: ["raw", "weighted", "share"] },
    { name: "Phase", options: ["train", "eval"] },
  ],
  keys: (board) => {
    const parts = [...partKeys(board, "train"), ...partKeys(board, "eval")];
    const weights = keysOfRole(board, "weight");
    const totals = ["train.loss", "eval.loss"].flatMap((role) => keysOfRole(board, role).slice(0, 1));
    return parts.length === 0 ? [] : [...parts, ...weights, ...totals];
  },
  picture,
};

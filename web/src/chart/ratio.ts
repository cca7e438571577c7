/** Eval against train: each eval loss over the median train loss of the last 50 updates. */
import { evalRatio, RATIO_UPDATES, stepsPerUpdate } from "../derive";
import { formatCount, formatValue } from "../format";
import { EVAL } from "./colours";
import { figure } from "./figure";
import { firstOfRole, keysOfRole, nothing, trackOfRole, WAITING, type Board, type Picture, type Spec } from "./spec";

function picture(board: Board): Picture {
  const [train, evaluation] = [trackOfRole(board, "train.loss"), trackOfRole(board, "eval.loss")];
  if (!train || !evaluation) {
    const logged = firstOfRole(board, "train.loss") && firstOfRole(board, "eval.loss");
    return nothing(logged ? WAITING : "The ratio needs a train loss and an eval loss.");
  }
  const curve = evalRatio(train.track, evaluation.track, stepsPerUpdate(board.run.intent));
  const [step, value] = [curve.step.at(-1), curve.value.at(-1)];
  const name = "eval/train";
  return {
    figure: figure({ lines: [{ name, ...curve, colour: EVAL, dots: true }], fromZero: true }),
    headline: step === undefined ? "" : `${formatValue(value, 3)} at ${formatCount(step)}`,
    labels: [],
    caption: `Each ${evaluation.key} over the median ${train.key} of the ${RATIO_UPDATES} updates up to it.`,
    columns: [{ name, ...curve, format: (one) => formatValue(one, 4) }],
    empty: curve.step.length === 0 ? WAITING : "",
  };
}

export const ratio: Spec = {
  id: "ratio",
  hasFooter: true,
  title: "Eval over train",
  switches: [],
  keys: (board) => ["train.loss", "eval.loss"].flatMap((role) => keysOfRole(board, role).slice(0, 1)),
  picture,
};

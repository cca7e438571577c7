/** What stands around a chart in a file, and which of its series a rule can be about; pure. */
import { nameOf } from "../../roles";
import type { Run } from "../../wire";
import type { Format } from "../figure";
import type { XAxis } from "../lens";
import type { Board, Picture, Spec } from "../spec";
import type { Words } from "./picture";

const UNITS: Record<Format, string> = {
  value: "value",
  lr: "learning rate",
  share: "share",
  bytes: "bytes",
  rate: "a second",
};

const AXIS_NAMES: Record<XAxis, string> = {
  step: "step",
  update: "update",
  epoch: "epoch",
  relative: "time since the start",
  wall: "time of day",
};

/** A chart of one series names it on its axis, others what they have in common. */
export function wordsFor(spec: Pick<Spec, "title">, picture: Picture, run: Run): Words {
  const names = new Set(picture.columns.map(({ name }) => name));
  const [only] = names.size === 1 ? names : [];
  const subtitle = [nameOf(run), run.project, picture.headline].filter((one) => one !== null && one !== "");
  return {
    title: spec.title,
    subtitle: subtitle.join(" · "),
    x: AXIS_NAMES[picture.figure.axis.kind],
    y: only ?? UNITS[picture.figure.format],
  };
}

/** The series of a chart, without the weights that only enter into its figures. */
export function alertKeys(spec: Pick<Spec, "keys">, board: Board): string[] {
  const roles = board.run.roles ?? {};
  return spec.keys(board).filter((key) => roles[key] !== "weight");
}

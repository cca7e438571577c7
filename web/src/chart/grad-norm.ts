/** The norm of the gradient, as logged and smoothed. */
import { seriesPicture } from "./generic";
import { firstOfRole, nothing, type Spec } from "./spec";

export const gradNorm: Spec = {
  id: "grad-norm",
  title: "Gradient norm",
  switches: [],
  keys: (board) => [firstOfRole(board, "grad_norm") ?? []].flat(),
  picture: (board) => {
    const key = firstOfRole(board, "grad_norm");
    return key === undefined ? nothing("No gradient norm is logged. Log it as grad_norm.") : seriesPicture(board, key);
  },
};

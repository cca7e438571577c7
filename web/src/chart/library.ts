/** Whether the chart library is there: it is loaded once for all charts, and again when a person asks for it. */
import { signal } from "@preact/signals";
import { loadPlot } from "./plot";

export const library = signal<"loading" | "ready" | "failed">("loading");

export function loadLibrary(): void {
  if (library.peek() === "ready") return;
  library.value = "loading";
  loadPlot().then(
    () => {
      library.value = "ready";
    },
    () => {
      library.value = "failed";
    },
  );
}

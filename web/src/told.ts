/** What the socket of the list has told so far, so that it can be told again to whoever joins later; pure. */
import type { Frame } from "./wire";

export class Told {
  private readonly held = new Map<string, Frame>();

  take(frame: Frame): void {
    if (frame.type === "snapshot") this.held.clear();
    else if (frame.type !== "run" && frame.type !== "alert") return;
    this.held.set(frame.type === "snapshot" ? "" : `${frame.type} ${frame.data.id}`, frame);
  }

  /** The last snapshot, then the latest word of each run and alert since. */
  frames(): Frame[] {
    return [...this.held.values()];
  }
}

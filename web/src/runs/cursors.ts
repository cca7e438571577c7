/** How new what is known of each run is: an answer may overtake a frame, and the older must not win. Pure. */
import type { Run } from "../wire";

export class Cursors {
  private readonly known = new Map<string, string>();

  /** Whether something newer was told before; what is not older is remembered. */
  isOlder({ id, cursor }: Run): boolean {
    const before = this.known.get(id);
    if (cursor === undefined) this.known.delete(id);
    else if (before !== undefined && isBefore(cursor, before)) return true;
    else this.known.set(id, cursor);
    return false;
  }
}

/** A cursor is a number that grows, and the mark of the run; a run of another mark is another run. */
function isBefore(cursor: string, other: string): boolean {
  const [[number, mark], [known, of]] = [cursor.split("."), other.split(".")];
  return mark === of && Number(number) < Number(known);
}

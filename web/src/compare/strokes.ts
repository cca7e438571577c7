/** How each run is drawn: a run keeps its stroke for as long as the page stands, whoever comes and goes; pure. */
import type { Colour } from "../chart/figure";

export type Pattern = "solid" | "dash" | "dot";

export interface Stroke {
  colour: Colour;
  pattern: Pattern;
}

const COLOURS: readonly Colour[] = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"];
const PATTERNS: readonly Pattern[] = ["solid", "dash", "dot"];

function hash(text: string): number {
  let value = 2_166_136_261;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 16_777_619) >>> 0;
  }
  return value;
}

/** Places on the palette: a run's own by its id, the next free one where another has it, a pattern beyond eight. */
export class Strokes {
  private readonly places = new Map<string, number>();

  of(ids: readonly string[]): Map<string, Stroke> {
    const taken = new Set(ids.flatMap((id) => this.places.get(id) ?? []));
    for (const id of ids) {
      const known = this.places.get(id);
      if (known !== undefined && this.isAlone(id, known, ids)) continue;
      const place = freePlace(id, taken);
      taken.add(place);
      this.places.set(id, place);
    }
    return new Map(ids.map((id) => [id, strokeAt(this.places.get(id) ?? 0)]));
  }

  /** Whether no run before it in the list has its place: two may have got one while they never stood together. */
  private isAlone(id: string, place: number, ids: readonly string[]): boolean {
    return !ids.slice(0, ids.indexOf(id)).some((other) => this.places.get(other) === place);
  }
}

function freePlace(id: string, taken: ReadonlySet<number>): number {
  const start = hash(id) % COLOURS.length;
  for (let round = 0; round < PATTERNS.length; round += 1) {
    for (let step = 0; step < COLOURS.length; step += 1) {
      const place = round * COLOURS.length + ((start + step) % COLOURS.length);
      if (!taken.has(place)) return place;
    }
  }
  return start;
}

const strokeAt = (place: number): Stroke => ({
  colour: COLOURS[place % COLOURS.length] ?? "s1",
  pattern: PATTERNS[Math.floor(place / COLOURS.length)] ?? "solid",
});

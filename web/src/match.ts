/** Which entries of the palette answer to what was typed, and how well; pure and plain. */

const WORD_START = /[\s_\-/.:·,]+/;

/** How one typed word is found in a text: 4 at its very start, 3 at a word's, 2 as initials, 1 inside; 0 not at all. */
function found(word: string, text: string): number {
  if (text.startsWith(word)) return 4;
  const words = text.split(WORD_START).filter((one) => one !== "");
  if (words.some((one) => one.startsWith(word))) return 3;
  const initials = words.map((one) => one[0]).join("");
  if (word.length > 1 && initials.includes(word)) return 2;
  return text.includes(word) ? 1 : 0;
}

/** How well a text answers to a query, each word of which must be found; 0 where it does not. */
export function score(query: string, text: string): number {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((one) => one !== "");
  const lower = text.toLowerCase();
  let total = 1;
  for (const word of words) {
    const points = found(word, lower);
    if (points === 0) return 0;
    total += points;
  }
  return total;
}

/** What answers, the best first; what is as good stays in its order. */
export function matching<Entry>(query: string, entries: readonly Entry[], textOf: (entry: Entry) => string): Entry[] {
  return entries
    .map((entry) => ({ entry, points: score(query, textOf(entry)) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ entry }) => entry);
}

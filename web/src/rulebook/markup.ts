/** The little Markdown of the rules' documentation, as blocks to draw: paragraphs, lists of them, and code. Pure. */

export interface Part {
  kind: "text" | "code" | "em";
  text: string;
}

export type Block = { kind: "p"; parts: Part[] } | { kind: "pre"; text: string };

const FENCE = /```[a-z]*\n([\s\S]*?)\n```/;
const INLINE = /(`[^`]+`|\*[^*\s][^*]*\*)/;

function partOf(text: string, index: number): Part {
  if (index % 2 === 0) return { kind: "text", text };
  return { kind: text.startsWith("`") ? "code" : "em", text: text.slice(1, -1) };
}

const partsOf = (text: string): Part[] =>
  text
    .split(INLINE)
    .map(partOf)
    .filter((part) => part.text !== "");

export function blocksOf(text: string): Block[] {
  return text.split(FENCE).flatMap((piece, index): Block[] => {
    if (index % 2 === 1) return [{ kind: "pre", text: piece }];
    const paragraphs = piece.split(/\n\s*\n/).filter((one) => one.trim() !== "");
    return paragraphs.map((one) => ({ kind: "p", parts: partsOf(one.trim()) }));
  });
}

/** Texts for the chart library, which reads some HTML in each: what users wrote stays what they wrote. Pure. */

export function escapeText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** As `escapeText`, for text inside a template, where `%{…}` would be read as well. */
export const escapeName = (text: string): string => escapeText(text).replace(/%\{/g, "%\u200b{");

const LINE = 46;

/** A text in lines that fit into the box over a chart. */
export function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < LINE) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Files and texts that leave the page: how they are named, saved and copied. */

const MOST = 80;

/** A part of a file's name that every system takes: what it could not hold is a dash. */
export function plainName(text: string): string {
  const plain = text
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[.-]+|[.-]+$/g, "")
    .slice(0, MOST);
  return plain === "" ? "chart" : plain;
}

export const fileName = (run: string, chart: string, ending: string): string =>
  `${plainName(run)}-${plainName(chart)}.${ending}`;

/** Saves it where the browser puts downloads. */
export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // Not at once: some browsers read the content a moment after the click.
  window.setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}

/** The content is a promise: a copy must begin within the click that asked for it. */
export async function copy(type: "text/plain" | "image/png", content: Promise<Blob>): Promise<void> {
  // Absent, whatever its type says, on pages that came over plain http from another machine.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (!clipboard || !("ClipboardItem" in window)) {
    throw new Error("This browser lets a page copy only over https or on its own machine. Download it instead.");
  }
  await clipboard.write([new ClipboardItem({ [type]: content })]);
}

export const textBlob = (text: string, type = "text/plain"): Blob => new Blob([text], { type });

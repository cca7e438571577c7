/** Whether the page is laid out to be printed: every chart then counts as seen, and the colours are those of paper. */
import { signal } from "@preact/signals";

export const onPaper = signal(false);

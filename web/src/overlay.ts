/** What lies over the page: the palette or the help; each is loaded when it is first opened. */
import { signal } from "@preact/signals";

export const overlay = signal<"palette" | "help" | null>(null);

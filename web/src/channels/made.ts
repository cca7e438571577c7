/** A secret that was just made: it is told once, and held here until its page is left. */
import { signal } from "@preact/signals";

export const made = signal<{ id: string; secret: string } | null>(null);

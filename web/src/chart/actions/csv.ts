/** The figures of a card for other programs: every point from the service, or the shown table as text. */
import { fetchPoints } from "../../api-cards";
import { rowsOf } from "../rows";
import type { Column } from "../spec";
import { save } from "./files";

const cell = (text: string): string => text.replace(/[\t\r\n]+/g, " ");

/** The table with tabs between its cells, which spreadsheets paste as cells; numbers in full and without ornament. */
export function tabbed(columns: readonly Column[]): string {
  const plain = columns.map((column) => ({ ...column, format: String }));
  const head = ["step", ...columns.map(({ name }) => name)];
  const rows = rowsOf(plain, Infinity, "up").map(({ step, cells }) => [String(step), ...cells]);
  return [head, ...rows].map((row) => row.map(cell).join("\t")).join("\n");
}

/** The series of a card, whole. */
export interface Whole {
  run: string;
  keys: readonly string[];
  attempt: number | null;
  /** As the file is called. */
  name: string;
}

/** Saves every point of these series as the service holds them. */
export async function saveWhole({ run, keys, attempt, name }: Whole): Promise<void> {
  save(await fetchPoints(run, keys, attempt), name);
}

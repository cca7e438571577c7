/** A config as a tree to read: nodes with their paths, searched by key and value; pure. */
import { Digits, type Exact } from "./json";

export interface Node {
  key: string;
  /** As one would write it in code: `optimizer.betas[0]`. */
  path: string;
  /** The value in words; of a branch how much it holds. */
  text: string;
  kind: "text" | "number" | "word" | "branch";
  children: Node[];
}

const PLAIN = /^[A-Za-z_$][\w$]*$/;

const pathOf = (path: string, key: string): string =>
  PLAIN.test(key) ? (path === "" ? key : `${path}.${key}`) : `${path}[${JSON.stringify(key)}]`;

/** The entries of an object or a list, in the order in which they were sent. */
export function nodesOf(value: Exact, path = ""): Node[] {
  if (Array.isArray(value)) return value.map((one, index) => nodeOf(String(index), one, `${path}[${index}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).map(([key, one]) => nodeOf(key, one, pathOf(path, key)));
}

export const isObject = (value: Exact | undefined): value is Record<string, Exact> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Digits);

function nodeOf(key: string, value: Exact, path: string): Node {
  const children = nodesOf(value, path);
  return { key, path, children, ...wordsOf(value, children.length) };
}

function wordsOf(value: Exact, count: number): Pick<Node, "text" | "kind"> {
  if (value instanceof Digits) return { text: value.text, kind: "number" };
  if (typeof value === "string") return { text: value, kind: "text" };
  if (value === null || typeof value === "boolean") return { text: String(value), kind: "word" };
  if (count > 0) return { text: Array.isArray(value) ? `${count} items` : `${count} keys`, kind: "branch" };
  return { text: Array.isArray(value) ? "[]" : "{}", kind: "word" };
}

const answers = (node: Node, words: readonly string[]): boolean => {
  const text = `${node.path}\n${node.kind === "branch" ? "" : node.text}`.toLowerCase();
  return words.every((word) => text.includes(word));
};

/** What answers to every word, by path or value, with the branches that lead there; a branch that answers is whole. */
export function search(nodes: readonly Node[], query: string): Node[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? [...nodes] : sift(nodes, words);
}

function sift(nodes: readonly Node[], words: readonly string[]): Node[] {
  return nodes.flatMap((node) => {
    if (answers(node, words)) return [node];
    const children = sift(node.children, words);
    return children.length > 0 ? [{ ...node, children }] : [];
  });
}

/** The values that lie in a tree. */
export const countLeaves = (nodes: readonly Node[]): number =>
  nodes.reduce((sum, node) => sum + (node.kind === "branch" ? countLeaves(node.children) : 1), 0);

/** The leaves by path, with their values as texts. */
export function leavesOf(nodes: readonly Node[], found = new Map<string, string>()): Map<string, string> {
  for (const node of nodes) {
    if (node.kind === "branch") leavesOf(node.children, found);
    else found.set(node.path, node.text);
  }
  return found;
}

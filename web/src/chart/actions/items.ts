/** What the menu of a card offers, and what each of it does. */
import { say, sayFault } from "../../notice";
import { wordsOf } from "../../api";
import { nameOf } from "../../roles";
import { changed, rulesHref } from "../../route";
import type { RunStore } from "../../run";
import { toggleTable } from "../choices";
import { fill, lens, toggleLog } from "../lens";
import type { Theme } from "../plot";
import type { Board, Picture, Spec } from "../spec";
import { saveWhole, tabbed } from "./csv";
import { copy, fileName, save, textBlob } from "./files";
import { pngOf, svgOf, type Wanted } from "./picture";
import { pinsOf, togglePin } from "./pins";
import { alertKeys, wordsFor } from "./words-of-files";

/** All that the menu of a card is about. */
export interface Subject {
  spec: Spec;
  store: RunStore;
  board: () => Board;
  picture: Picture;
  paint: (element: HTMLElement, theme: Theme) => void;
  asTable: boolean;
  isFull: boolean;
}

export interface Item {
  title: string;
  /** Of something that is on or off. */
  isOn?: boolean;
  href?: string;
  bell?: boolean;
  act?: () => void;
}

const told = (work: Promise<unknown>, words: string): void => {
  work.then(
    () => {
      if (words !== "") say(words);
    },
    (fault: unknown) => {
      sayFault(wordsOf(fault));
    },
  );
};

/** How the card looks: its size, place, axis, and whether it is a table. */
function looks({ spec, store, picture, asTable, isFull }: Subject): Item[] {
  const project = store.run.peek()?.project ?? null;
  const isPinned = pinsOf(project).includes(spec.id);
  const pin = (): void => {
    togglePin(project, spec.id);
    // The card stands elsewhere now, made anew: the focus goes with it.
    requestAnimationFrame(() => {
      const card = document.querySelector(`[data-chart="${CSS.escape(spec.id)}"]`);
      card?.querySelector<HTMLElement>("button.more")?.focus({ preventScroll: true });
    });
    say(isPinned ? `${spec.title} is back in its place.` : `${spec.title} stands first now.`, pin);
  };
  const log: Item = {
    title: "Log scale",
    isOn: lens.logs.peek().has(spec.id),
    act: () => {
      toggleLog(spec.id);
    },
  };
  return [
    {
      title: isFull ? "Leave full screen" : "Full screen",
      act: () => {
        fill(isFull ? null : spec.id);
      },
    },
    { title: isPinned ? "Unpin" : "Pin", act: pin },
    ...(picture.figure.bars ? [] : [log]),
    ...(picture.columns.length > 0
      ? [
          {
            title: "Table",
            isOn: asTable,
            act: () => {
              toggleTable(spec);
            },
          },
        ]
      : []),
  ];
}

const inText = (made: Promise<Blob>): Promise<Blob> => made.then(async (one) => textBlob(await one.text()));

/** What can be pasted elsewhere. */
function copies({ spec, picture }: Subject, wanted: Wanted): Item[] {
  const copied = (title: string, type: "text/plain" | "image/png", made: () => Promise<Blob>, words: string): Item => ({
    title,
    act: () => {
      told(copy(type, made()), words);
    },
  });
  const { origin, pathname, search, hash } = window.location;
  const link = `${origin}${pathname}${search}${changed(hash, { full: spec.id })}`;
  const text = (content: string) => () => Promise.resolve(textBlob(content));
  const toLink = copied("Copy the link", "text/plain", text(link), "The link to this chart is copied.");
  if (picture.empty !== "") return [toLink];
  return [
    copied("Copy as PNG", "image/png", () => pngOf(wanted), "The picture is copied."),
    copied("Copy as SVG", "text/plain", () => inText(svgBlob(wanted)), "The text of the SVG is copied."),
    copied("Copy the table", "text/plain", text(tabbed(picture.columns)), "The table is copied."),
    toLink,
  ];
}

const svgBlob = async (wanted: Wanted): Promise<Blob> => textBlob(await svgOf(wanted), "image/svg+xml");

/** What can be saved as a file. */
function files({ spec, store, board, picture }: Subject, wanted: Wanted): Item[] {
  if (picture.empty !== "") return [];
  const name = (ending: string): string => fileName(nameOf(board().run), spec.title, ending);
  const saved = async (made: Promise<Blob>, ending: string): Promise<void> => {
    save(await made, name(ending));
  };
  const whole = { run: store.id, keys: spec.keys(board()), attempt: lens.attempt.peek(), name: name("csv") };
  const item = (title: string, work: () => Promise<void>): Item => ({
    title,
    act: () => {
      told(work(), "");
    },
  });
  return [
    item("Download PNG", () => saved(pngOf(wanted), "png")),
    item("Download SVG", () => saved(svgBlob(wanted), "svg")),
    item("Download CSV, every point", () => saveWhole(whole)),
  ];
}

/** Rules that somebody may want on these series: the rule book opens on a new one, to be tried on this run. */
function bells({ spec, store, board }: Subject): Item[] {
  const keys = alertKeys(spec, board());
  const href = (metric: string): string => rulesHref({ metric, run: store.id });
  const title = (key: string): string => (keys.length === 1 ? "Alert on this…" : `Alert on ${key}…`);
  return keys.map((key) => ({ title: title(key), href: href(key), bell: true }));
}

/** The items in their groups. */
export function itemsOf(subject: Subject): Item[][] {
  const { spec, board, picture, paint } = subject;
  const wanted: Wanted = { picture, paint, words: wordsFor(spec, picture, board().run) };
  const groups = [looks(subject), copies(subject, wanted), files(subject, wanted), bells(subject)];
  return groups.filter((group) => group.length > 0);
}

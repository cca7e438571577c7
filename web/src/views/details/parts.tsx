/** What several tabs are made of: a field to filter by words, a fault in words, a time. */
import { useRef } from "preact/hooks";
import { ApiError, wordsOf } from "../../api";
import { formatAge } from "../../format";
import { say, sayFault } from "../../notice";
import { wantsToken } from "../../socket";
import { goWith, now, query } from "../../state";

const TYPED_MS = 200;
const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The words that are looked for in the tab that is open. */
export const findWords = (): string => (query.value.get("find") ?? "").trim();

export function Find({ label }: { label: string }) {
  const timer = useRef(0);
  const set = (words: string): void => {
    goWith({ find: words.trim() === "" ? null : words.trim() });
  };
  return (
    <label class="filter find">
      <span class="unseen">{label}</span>
      <input
        type="search"
        placeholder={label}
        defaultValue={findWords()}
        onInput={({ currentTarget: { value } }) => {
          window.clearTimeout(timer.current);
          timer.current = window.setTimeout(set, TYPED_MS, value);
        }}
      />
    </label>
  );
}

export function Fault({ fault, again }: { fault: unknown; again: () => void }) {
  if (fault instanceof ApiError && wantsToken(fault)) return null;
  return (
    <p class="note" role="alert">
      {wordsOf(fault)}{" "}
      <button type="button" onClick={again}>
        Try again
      </button>
    </p>
  );
}

export const timeWords = (ts: number): string => clock.format(ts * 1000);
export const hourWords = (ts: number): string => hours.format(ts * 1000);

/** How long ago, with the time itself for who points at it. */
export function Ago({ ts }: { ts: number | null }) {
  if (ts === null) return <>–</>;
  return (
    <time dateTime={new Date(ts * 1000).toISOString()} title={timeWords(ts)}>
      {formatAge(ts, now.value)}
    </time>
  );
}

export function copy(text: string, what: string): void {
  // Without https a browser has no clipboard; the text can still be selected.
  const written = "clipboard" in navigator ? navigator.clipboard.writeText(text) : Promise.reject(new Error());
  written.then(
    () => {
      say(`Copied ${what}.`);
    },
    () => {
      sayFault(`This browser does not let the page copy. It is: ${text}`);
    },
  );
}

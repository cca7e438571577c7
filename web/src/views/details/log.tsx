/** The lines that a run printed: it follows the end, and stands still for who scrolls up to read. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Feed } from "../../details/feed";
import { answersLine, LEVELS, leastLevel, levelOf, plainLine, type LeastLevel } from "../../details/log";
import { formatCount } from "../../format";
import type { RunStore } from "../../run";
import { goWith, query } from "../../state";
import type { RunEvent } from "../../wire";
import { Back } from "./events";
import { useFeed } from "./feed";
import { Fault, Find, findWords, hourWords, timeWords } from "./parts";

const PAGE = 500;
const MOST = 2000;
/** So near to the end counts as being there, in pixels; so near to the start asks for more. */
const NEAR_END = 24;
const NEAR_START = 120;
const TYPES = ["log"];
const LEVEL_WORDS: Record<LeastLevel, string> = { all: "All", warning: "Warnings and worse", error: "Errors" };

export function Log({ store }: { store: RunStore }) {
  const least = leastLevel(query.value.get("level"));
  const words = findWords();
  const matches = (event: RunEvent): boolean => answersLine(event, least, words);
  const feed = useFeed(store, { types: TYPES, matches, page: PAGE, most: MOST }, `${least} ${words}`);
  const isNarrow = least !== "all" || words !== "";
  return (
    <>
      <div class="panel-bar">
        <span class="choice" role="group" aria-label="Levels">
          {LEVELS.map((level) => (
            <button
              key={level}
              type="button"
              aria-pressed={level === least}
              onClick={() => {
                goWith({ level: level === "all" ? null : level });
              }}
            >
              {LEVEL_WORDS[level]}
            </button>
          ))}
        </span>
        <Find label="Filter the lines" />
      </div>
      <Lines key={`${least} ${words}`} feed={feed} isNarrow={isNarrow} />
    </>
  );
}

function Lines({ feed, isNarrow }: { feed: Feed; isNarrow: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  const rows = feed.rows.value;
  useReading(box, rows, follows);
  const follow = (next: boolean): void => {
    setFollows(next);
    feed.hold(!next);
    if (next && (feed.waiting.peek() > 0 || feed.hasNewer.peek())) void feed.release();
  };
  const onScroll = (): void => {
    const at = box.current;
    if (!at) return;
    const isAtEnd = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_END;
    if (isAtEnd !== follows) follow(isAtEnd);
    if (at.scrollTop < NEAR_START && !isAtEnd && feed.hasOlder.peek() && !feed.loading.peek()) void feed.older();
  };
  const again = (): void => {
    void feed.restart();
  };
  if (feed.fault.value !== null && rows.length === 0) return <Fault fault={feed.fault.value} again={again} />;
  return (
    <>
      <div class="log" ref={box} tabIndex={0} role="region" aria-label="Lines of output" onScroll={onScroll}>
        {feed.hasOlder.value && (
          <p class="foot">
            <Back feed={feed} words="Earlier lines" />
          </p>
        )}
        {rows.map((event) => (
          <Line key={event.id} event={event} />
        ))}
        {rows.length === 0 && <p class="note">{emptyWords(feed.loaded.value, isNarrow)}</p>}
      </div>
      <p class="foot">
        <button
          type="button"
          aria-pressed={follows}
          onClick={() => {
            follow(!follows);
          }}
        >
          Follow the end
        </button>{" "}
        <small role="status">{standing(feed, follows)}</small>
      </p>
    </>
  );
}

function emptyWords(isLoaded: boolean, isNarrow: boolean): string {
  if (!isLoaded) return "Loading the lines…";
  if (isNarrow) return "No line answers to this filter.";
  return "No line so far. A trainer sends them by run.print_line(text, level).";
}

function standing(feed: Feed, follows: boolean): string {
  const lines = `${formatCount(feed.rows.value.length)} lines`;
  if (follows) return lines;
  const count = feed.waiting.value;
  if (count > 0) return `${lines}, paused: ${formatCount(count)} new ${count === 1 ? "line waits" : "lines wait"}`;
  return `${lines}, paused`;
}

/** At the end while it is followed; else what is read keeps its place when earlier lines come above it. */
function useReading(box: { current: HTMLDivElement | null }, rows: readonly RunEvent[], follows: boolean): void {
  const before = useRef({ first: rows[0]?.id, height: 0 });
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return;
    const grew = at.scrollHeight - before.current.height;
    if (follows) at.scrollTop = at.scrollHeight;
    else if (rows[0]?.id !== before.current.first && grew > 0) at.scrollTop += grew;
    before.current = { first: rows[0]?.id, height: at.scrollHeight };
  });
  useEffect(() => {
    const at = box.current;
    if (!at) return;
    const sized = new ResizeObserver(() => {
      before.current.height = at.scrollHeight;
    });
    sized.observe(at);
    return () => {
      sized.disconnect();
    };
  }, []);
}

const SIGNS: Record<string, string> = { error: "error", warning: "warning", debug: "debug", info: "" };

function Line({ event }: { event: RunEvent }) {
  const level = levelOf(event);
  return (
    <div class={`line ${level}`}>
      <time title={event.ts === null ? undefined : timeWords(event.ts)}>
        {event.ts === null ? "" : hourWords(event.ts)}
      </time>
      <span class="level">{SIGNS[level]}</span>
      <span class="text">{plainLine(event.text ?? "")}</span>
    </div>
  );
}

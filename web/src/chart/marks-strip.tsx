/** The marks of a chart as small buttons over it: each explains itself to a pointer, a finger and the keyboard. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatCount } from "../format";
import type { Subject } from "./actions/items";
import { grouped, groupWords, TARGET, type MarkGroup } from "./mark-groups";
import { marksOf, placesOf } from "./mark-places";
import { MarkTip } from "./mark-tip";
import { groundIn } from "./plot";
import { theme } from "./theme";

interface MarkStripProps {
  subject: Subject;
  plot: { current: HTMLElement | null };
  /** Whether a pointer is over the chart. */
  isOver: boolean;
}

/**
 * One stop for the Tab key a chart; arrow keys walk from mark to mark. While nobody is there it is a single button
 * without a place: the places are read only for someone who points, has the focus here, or uses a finger.
 */
export function MarkStrip({ subject, plot, isOver }: MarkStripProps) {
  const { spec, picture } = subject;
  const strip = useRef<HTMLDivElement>(null);
  const [hasFocus, setFocus] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const isAwake = isOver || hasFocus || open !== null || theme().coarse;
  const marks = marksOf(picture.figure);
  const ground = isAwake && plot.current ? groundIn(plot.current) : undefined;
  const groups = ground ? grouped(placesOf(ground)) : [];
  const stop = groups.find(({ key }) => key === current) ?? groups[0];
  useEntry(strip, hasFocus && groups.length > 0);
  useDismissal(strip, open !== null, () => {
    setOpen(null);
  });
  if (marks.length === 0 || picture.figure.bars) return null;
  const walk = (event: KeyboardEvent): void => {
    const at = groups.findIndex(({ key }) => key === stop?.key);
    const ends: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: groups.length - 1 };
    const next = groups[Math.max(0, Math.min(groups.length - 1, ends[event.key] ?? -1))];
    if (!(event.key in ends) || !next) return;
    event.preventDefault();
    setCurrent(next.key);
    strip.current?.querySelector<HTMLElement>(`[data-mark="${CSS.escape(next.key)}"]`)?.focus();
  };
  return (
    <div
      class="marks"
      ref={strip}
      role="toolbar"
      aria-label={`Marks on ${spec.title}`}
      onKeyDown={walk}
      onFocusIn={() => {
        setFocus(true);
      }}
      onFocusOut={(event) => {
        if (strip.current?.contains(event.relatedTarget as Node | null) ?? false) return;
        setFocus(false);
        setOpen(null);
      }}
    >
      {groups.length === 0 && <Entry count={marks.length} title={spec.title} />}
      {groups.map((group) => (
        <Spot
          key={group.key}
          group={group}
          isStop={group === stop}
          isOpen={open === group.key}
          onOpen={(isOpen) => {
            setOpen((before) => (isOpen ? group.key : before === group.key ? null : before));
            if (isOpen) setCurrent(group.key);
          }}
        />
      ))}
    </div>
  );
}

/** The one button of a strip that sleeps. */
function Entry({ count, title }: { count: number; title: string }) {
  const words = count === 1 ? "1 mark" : `${formatCount(count)} marks`;
  return <button type="button" class="entry" aria-label={`${words} on ${title}`} />;
}

interface SpotProps {
  group: MarkGroup;
  isStop: boolean;
  isOpen: boolean;
  onOpen: (isOpen: boolean) => void;
}

/** The button of a group and, behind it in the order of the Tab key, its words: a pointer may move from one to the other. */
function Spot({ group, isStop, isOpen, onOpen }: SpotProps) {
  const spot = useRef<HTMLButtonElement>(null);
  const half = TARGET / 2;
  return (
    <span
      onPointerEnter={(event) => {
        if (event.pointerType === "mouse") onOpen(true);
      }}
      onPointerLeave={(event) => {
        if (event.pointerType === "mouse" && document.activeElement !== spot.current) onOpen(false);
      }}
    >
      <button
        type="button"
        class="spot"
        ref={spot}
        data-mark={group.key}
        style={{ transform: `translate(${Math.round(group.x - half)}px, ${Math.round(group.y - half)}px)` }}
        tabIndex={isStop ? 0 : -1}
        aria-label={groupWords(group.marks)}
        onFocus={() => {
          onOpen(true);
        }}
        onClick={() => {
          onOpen(true);
        }}
      />
      {isOpen && spot.current && <MarkTip marks={group.marks} anchor={spot.current} />}
    </span>
  );
}

/** Hands the focus on from the one button of a strip that sleeps to the mark that it stood for. */
function useEntry(strip: { current: HTMLElement | null }, isAwake: boolean): void {
  const inside = strip.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    if (isAwake && (inside || !document.activeElement || document.activeElement === document.body))
      strip.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus({ preventScroll: true });
  }, [isAwake]);
}

/** Escape takes the words away, wherever the focus is, and nothing else with them; so does a press elsewhere. */
function useDismissal(strip: { current: HTMLElement | null }, isOpen: boolean, act: () => void): void {
  useEffect(() => {
    if (!isOpen) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      act();
    };
    const onPress = (event: Event): void => {
      if (!(strip.current?.contains(event.target as Node) ?? false)) act();
    };
    window.addEventListener("keydown", onKey, true);
    window.addEventListener("pointerdown", onPress, true);
    return () => {
      window.removeEventListener("pointerdown", onPress, true);
      window.removeEventListener("keydown", onKey, true);
    };
  }, [isOpen]);
}

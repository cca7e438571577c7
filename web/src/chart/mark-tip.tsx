/** The words of marks, beside their button and above everything else; they stay while they are pointed at. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { formatCount } from "../format";
import { changed } from "../route";
import { goTo } from "../scroll";
import { query } from "../state";
import { SHAPE_WORDS, type Mark } from "./figure";

const MOST = 8;
const EDGE = 6;

export function MarkTip({ marks, anchor }: { marks: readonly Mark[]; anchor: HTMLElement }) {
  const tip = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    tip.current?.showPopover();
  }, []);
  useLayoutEffect(() => {
    if (tip.current) place(tip.current, anchor);
  });
  useEffect(() => {
    const follow = (): void => {
      if (tip.current) place(tip.current, anchor);
    };
    document.addEventListener("scroll", follow, true);
    return () => {
      document.removeEventListener("scroll", follow, true);
    };
  }, []);
  const left = marks.length - MOST;
  return (
    <div class="tip" popover="manual" ref={tip}>
      <ul>
        {marks.slice(0, MOST).map((mark, index) => (
          <Entry key={index} mark={mark} />
        ))}
        {left > 0 && <li class="dim">and {formatCount(left)} more: look closer at these steps to tell them apart</li>}
      </ul>
    </div>
  );
}

function Entry({ mark }: { mark: Mark }) {
  const { alert, shape, text } = mark;
  return (
    <li class={shape}>
      <i aria-hidden="true" title={SHAPE_WORDS[shape]} /> {text}
      {alert !== undefined && (
        <>
          {" "}
          <a
            href={changed(window.location.hash, { alert, full: null })}
            onClick={() => {
              // The address may hold it already: then nothing else would lead there.
              if (query.peek().get("alert") === alert) goTo(document.getElementById(`alert-${alert}`));
            }}
          >
            Show the incident
          </a>
        </>
      )}
    </li>
  );
}

/** Over the button where there is room, else under it; touching it, so that a pointer can cross over. */
function place(tip: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = tip;
  const isOver = at.top - height >= EDGE;
  const left = Math.max(EDGE, Math.min(at.left + at.width / 2 - width / 2, window.innerWidth - width - EDGE));
  tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(isOver ? at.top - height : at.bottom)}px)`;
}

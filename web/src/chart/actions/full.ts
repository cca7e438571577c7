/** A card that fills the window: what lies under it cannot be reached until it is left again. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useShortcuts } from "../../shortcuts";
import { fill } from "../lens";

/** Makes everything beside an element and its ancestors unreachable; gives the way back. */
function alone(element: HTMLElement): () => void {
  const hidden: Element[] = [];
  for (let one: HTMLElement = element; one.parentElement && one !== document.body; one = one.parentElement) {
    for (const other of one.parentElement.children) {
      if (other === one || other.matches("[inert], .notice, script, dialog")) continue;
      other.setAttribute("inert", "");
      hidden.push(other);
    }
  }
  return () => {
    for (const other of hidden) other.removeAttribute("inert");
  };
}

/** While `isFull`, the card stands alone and has the focus; afterwards its button has it again. */
export function useFull(isFull: boolean, frame: { current: HTMLElement | null }): void {
  const wasFull = useRef(false);
  useLayoutEffect(() => (isFull && frame.current ? alone(frame.current) : undefined), [isFull]);
  useEffect(() => {
    if (isFull) frame.current?.focus({ preventScroll: true });
    else if (wasFull.current) frame.current?.querySelector<HTMLElement>("button.more")?.focus();
    wasFull.current = isFull;
  }, [isFull]);
}

/** Escape leaves the full screen; in its own component, since keys hold for as long as that stands. */
export function FullKeys() {
  const leave = (): void => {
    fill(null);
  };
  useShortcuts([{ key: "Escape", words: "Leave full screen", act: leave }]);
  return null;
}

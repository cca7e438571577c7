/** Scrolling to something, smoothly only for those who did not ask for less motion. */

/** Scrolls to an element that is not wholly in view already. */
export function bringIntoView(element: Element | null): void {
  if (!element) return;
  const { top, bottom } = element.getBoundingClientRect();
  if (top >= 0 && bottom <= window.innerHeight) return;
  const block = bottom - top > window.innerHeight ? "start" : "center";
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block, behavior: isStill ? "auto" : "smooth" });
}

/** Brings an element into view and the focus to it. */
export function goTo(element: HTMLElement | null): void {
  bringIntoView(element);
  element?.focus({ preventScroll: true });
}

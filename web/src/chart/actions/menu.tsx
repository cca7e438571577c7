/** The menu of a card; loaded when the first one is opened. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { itemsOf, type Item, type Subject } from "./items";

const GAP = 4;

interface MenuProps extends Subject {
  /** The button that it hangs on. */
  anchor: HTMLElement;
  onClose: (toAnchor: boolean) => void;
}

export default function CardMenu({ anchor, onClose, ...subject }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = menu.current;
    if (!element) return;
    element.showPopover();
    place(element, anchor);
    entries(element)[0]?.focus({ preventScroll: true });
  }, []);
  useDismissal(menu, anchor, onClose);
  const onKeyDown = (event: KeyboardEvent): void => {
    const element = menu.current;
    if (!element || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") onClose(true);
    else if (event.key === "Tab") onClose(true);
    else if (!walk(entries(element), event.key)) return;
    // What closes the menu must not also leave the full screen.
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu" popover="manual" role="menu" aria-label={subject.spec.title} ref={menu} onKeyDown={onKeyDown}>
      {itemsOf(subject).map((group, index) => (
        <div role="group" key={index}>
          {group.map((item) => (
            <Entry key={item.title} item={item} onClose={onClose} />
          ))}
        </div>
      ))}
    </div>
  );
}

function Entry({ item, onClose }: { item: Item; onClose: (toAnchor: boolean) => void }) {
  const { title, isOn, href, bell, act } = item;
  if (href !== undefined) {
    return (
      <a role="menuitem" tabIndex={-1} href={href}>
        {bell === true && <Bell />}
        {title}
      </a>
    );
  }
  const choose = (): void => {
    onClose(true);
    act?.();
  };
  return (
    <button
      type="button"
      role={isOn === undefined ? "menuitem" : "menuitemcheckbox"}
      aria-checked={isOn}
      tabIndex={-1}
      onClick={choose}
    >
      {title}
    </button>
  );
}

const Bell = () => (
  <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
    <path d="M8 2a4 4 0 0 0-4 4c0 4-1.5 5-1.5 5.5h11C13.5 11 12 10 12 6a4 4 0 0 0-4-4zM6.5 13.5a1.5 1.5 0 0 0 3 0" />
  </svg>
);

const entries = (menu: HTMLElement): HTMLElement[] => [...menu.querySelectorAll<HTMLElement>("[role^=menuitem]")];

/** Moves the focus as a menu does; tells whether the key meant anything. */
function walk(items: readonly HTMLElement[], key: string): boolean {
  const at = items.findIndex((item) => item === document.activeElement);
  const letter = key.length === 1 && key !== " " ? key.toLowerCase() : null;
  const starts = (item: HTMLElement): boolean =>
    item.textContent
      .trim()
      .toLowerCase()
      .startsWith(letter ?? "");
  const after = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  const found = {
    ArrowDown: items[(at + 1) % items.length],
    ArrowUp: items.at(at <= 0 ? -1 : at - 1),
    Home: items[0],
    End: items.at(-1),
  }[key];
  const next = found ?? (letter === null ? undefined : after.find(starts));
  next?.focus();
  return next !== undefined;
}

/** Under its button, or over it where there is no room; never beyond the window. */
function place(menu: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP;
  const fits = below + height <= window.innerHeight;
  const top = fits ? below : Math.max(GAP, Math.min(at.top - GAP - height, window.innerHeight - height - GAP));
  menu.style.top = `${fits ? below : top}px`;
  menu.style.left = `${Math.max(GAP, Math.min(at.right - width, window.innerWidth - width - GAP))}px`;
}

/** A press beside the menu closes it, and so does whatever moves the card away under it. */
function useDismissal(
  menu: { current: HTMLElement | null },
  anchor: HTMLElement,
  onClose: (toAnchor: boolean) => void,
): void {
  useEffect(() => {
    const close = (): void => {
      onClose(false);
    };
    const onPress = (event: Event): void => {
      const target = event.target as Node;
      if (!menu.current?.contains(target) && !anchor.contains(target)) close();
    };
    const onScroll = (event: Event): void => {
      if (!menu.current?.contains(event.target as Node)) close();
    };
    document.addEventListener("pointerdown", onPress, true);
    document.addEventListener("scroll", onScroll, true);
    window.addEventListener("resize", close);
    return () => {
      document.removeEventListener("pointerdown", onPress, true);
      document.removeEventListener("scroll", onScroll, true);
      window.removeEventListener("resize", close);
    };
  }, []);
}

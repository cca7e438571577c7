/** The quiet button of a card's menu; the menu itself is fetched when it is first wanted. */
import type { ComponentType } from "preact";
import { useRef, useState } from "preact/hooks";
import { sayFault } from "../../notice";
import type { Subject } from "./items";

type Menu = ComponentType<Subject & { anchor: HTMLElement; onClose: (toAnchor: boolean) => void }>;

let loaded: Menu | null = null;

export function MoreButton(subject: Subject) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const open = (): void => {
    if (loaded) {
      setOpen(true);
      return;
    }
    import("./menu").then(
      (module) => {
        loaded = module.default;
        setOpen(true);
      },
      () => {
        sayFault("The menu could not be loaded. Reload the page to try again.");
      },
    );
  };
  const close = (toAnchor: boolean): void => {
    setOpen(false);
    if (toAnchor) button.current?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isOpen || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    open();
  };
  const Menu = loaded;
  return (
    <>
      <button
        type="button"
        class="quiet more"
        ref={button}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={`${subject.spec.title}: more`}
        onClick={() => {
          if (isOpen) close(true);
          else open();
        }}
        onKeyDown={onKeyDown}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M2.5 8h1M7.5 8h1M12.5 8h1" />
        </svg>
      </button>
      {isOpen && Menu && button.current && <Menu {...subject} anchor={button.current} onClose={close} />}
    </>
  );
}

/** Asks before something that cannot be taken back, or that deserves a second look. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface Question {
  title: string;
  words: string;
  /** The last is what was asked for. */
  answers: readonly { label: string; act: () => void }[];
}

const asked = signal<Question | null>(null);

export function ask(question: Question): void {
  asked.value = question;
}

/** A dialog that is open while it stands. */
export function Modal({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="asked" onClose={onClose}>
      <h2 id="asked">{title}</h2>
      {children}
    </dialog>
  );
}

export function Asked() {
  const question = asked.value;
  if (!question) return null;
  const close = (): void => {
    asked.value = null;
  };
  return (
    <Modal key={question.title} title={question.title} onClose={close}>
      <p>{question.words}</p>
      <div class="actions">
        <button type="button" onClick={close}>
          Cancel
        </button>
        {question.answers.map(({ label, act }) => (
          <button
            key={label}
            type="button"
            class="danger"
            onClick={() => {
              close();
              act();
            }}
          >
            {label}
          </button>
        ))}
      </div>
    </Modal>
  );
}

/** Asks whether to leave what is written and not saved. */
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { leaving, useGuard } from "../rulebook/guard";

export function Leaving({ isDirty, what = "rule" }: { isDirty: ReadonlySignal<boolean>; what?: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { stay, leave } = useGuard(isDirty);
  const isAsking = leaving.value !== null;
  useEffect(() => {
    if (isAsking) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isAsking]);
  return (
    <dialog ref={dialog} aria-labelledby="leaving-title" onCancel={stay}>
      <h2 id="leaving-title">Leave without saving?</h2>
      <p>What you wrote in this {what} is not saved yet.</p>
      <div class="actions">
        <button type="button" onClick={stay}>
          Keep writing
        </button>
        <button type="button" class="danger" onClick={leave}>
          Leave without saving
        </button>
      </div>
    </dialog>
  );
}

/** Asks whether a run is really to be stopped, then asks the trainer. */
import { useEffect, useRef, useState } from "preact/hooks";
import "../styles/help.css";
import { stopRun, wordsOf } from "../api";
import { nameOf } from "../roles";
import type { StopProps } from "./stop";

export default function StopDialog({ run, close }: StopProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [fault, setFault] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const end = (): void => {
    dialog.current?.close();
  };
  const stop = (): void => {
    stopRun(run.id).then(end, (error: unknown) => {
      setFault(wordsOf(error));
    });
  };
  return (
    <dialog ref={dialog} aria-labelledby="stop-title" onClose={close}>
      <h2 id="stop-title">Stop {nameOf(run)}?</h2>
      <p>The trainer is told with its next batch and ends at its next look at should_stop. What is logged stays.</p>
      {fault !== "" && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
      <div class="actions">
        <button type="button" onClick={end}>
          Keep running
        </button>
        <button type="button" class="danger" onClick={stop}>
          Stop run
        </button>
      </div>
    </dialog>
  );
}

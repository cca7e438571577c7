/** The Stop button: asks twice, then asks the trainer. */
import { useRef, useState } from "preact/hooks";
import { stopRun } from "../api";
import { nameOf } from "../roles";
import type { Run } from "../wire";

export function StopButton({ run }: { run: Run }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [fault, setFault] = useState("");
  if (run.state !== "running" && run.state !== "stalled") return null;
  if (run.stop_requested) return <span class="dim">Stop requested</span>;
  const stop = (): void => {
    stopRun(run.id).then(
      () => {
        dialog.current?.close();
      },
      (error: unknown) => {
        setFault(error instanceof Error ? error.message : "The server did not take it.");
      },
    );
  };
  return (
    <>
      <button
        type="button"
        class="danger"
        onClick={() => {
          dialog.current?.showModal();
        }}
      >
        Stop run
      </button>
      <dialog ref={dialog} aria-labelledby="stop-title">
        <h2 id="stop-title">Stop {nameOf(run)}?</h2>
        <p>The trainer is told with its next batch and ends at its next look at should_stop. What is logged stays.</p>
        {fault !== "" && (
          <p class="fault" role="alert">
            {fault}
          </p>
        )}
        <div class="actions">
          <button
            type="button"
            onClick={() => {
              dialog.current?.close();
            }}
          >
            Keep running
          </button>
          <button type="button" class="danger" onClick={stop}>
            Stop run
          </button>
        </div>
      </dialog>
    </>
  );
}

/** The Stop button: what asks once more is loaded when it is pressed. */
import { useState } from "preact/hooks";
import type { ComponentType } from "preact";
import type { Run } from "../wire";

export interface StopProps {
  run: Run;
  close: () => void;
}

export function StopButton({ run }: { run: Run }) {
  const [Dialog, setDialog] = useState<ComponentType<StopProps> | null>(null);
  if (run.state !== "running" && run.state !== "stalled") return null;
  if (run.stop_requested) return <span class="dim">Stop requested</span>;
  const ask = (): void => {
    import("./stop-dialog").then(
      (module) => {
        setDialog(() => module.default);
      },
      () => {
        window.location.reload(); // the files of this page are gone: a newer one can stop the run
      },
    );
  };
  return (
    <>
      <button type="button" class="danger" onClick={ask}>
        Stop run
      </button>
      {Dialog && (
        <Dialog
          run={run}
          close={() => {
            setDialog(null);
          }}
        />
      )}
    </>
  );
}

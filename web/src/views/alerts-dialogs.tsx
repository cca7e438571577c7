/** The two dialogs of the inbox: a note to an acknowledgement, and how long to be silent. */
import "../styles/help.css";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatCount } from "../format";
import type { Until } from "../inbox/actions";
import { DAY_S, HOUR_S, incidentCount, stepsUntil } from "../inbox/words";
import type { Alert, Run } from "../wire";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // The line may have been folded away meanwhile; then the focus stays where the browser puts it.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

const subjectOf = (alerts: readonly Alert[]): string =>
  alerts.length === 1 ? (alerts[0]?.title ?? "") : incidentCount(alerts.length);

interface NoteProps {
  alerts: readonly Alert[];
  onClose: () => void;
  onDone: (note: string) => void;
}

export function NoteDialog({ alerts, onClose, onDone }: NoteProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    onDone(field.current?.value.trim() ?? "");
  };
  return (
    <Dialog title="Acknowledge with a note" onClose={onClose}>
      <p>{subjectOf(alerts)}</p>
      <form onSubmit={submit}>
        <label class="long">
          Note
          <textarea ref={field} rows={3} maxLength={10_000} placeholder="What is known, and who looks after it" />
        </label>
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit">Acknowledge</button>
        </div>
      </form>
    </Dialog>
  );
}

interface SilenceProps {
  alerts: readonly Alert[];
  run: Run | undefined;
  onClose: () => void;
  onDone: (until: Until) => void;
}

export function SilenceDialog({ alerts, run, onClose, onDone }: SilenceProps) {
  const isSilent = alerts.some((alert) => alert.silenced_until !== null);
  const oneRun = new Set(alerts.map((alert) => alert.run_id)).size === 1;
  return (
    <Dialog title="Silence" onClose={onClose}>
      <p>{subjectOf(alerts)}</p>
      <div class="lengths">
        <Length words="For an hour" until={{ seconds: HOUR_S }} onDone={onDone} />
        <Length words="For a day" until={{ seconds: DAY_S }} onDone={onDone} />
        {isSilent && <Length words="End the silence" until={{}} onDone={onDone} />}
      </div>
      {oneRun && <UntilStep last={run?.last_step} onDone={onDone} />}
      <div class="actions">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}

function Length({ words, until, onDone }: { words: string; until: Until; onDone: (until: Until) => void }) {
  const choose = (): void => {
    onDone(until);
  };
  return (
    <button type="button" onClick={choose}>
      {words}
    </button>
  );
}

function UntilStep({ last, onDone }: { last: number | null | undefined; onDone: (until: Until) => void }) {
  const [fault, setFault] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const steps = stepsUntil(field.current?.value ?? "", last);
    if (typeof steps === "string") setFault(steps);
    else onDone({ step: (last ?? 0) + steps });
  };
  return (
    <form class="until" onSubmit={submit}>
      <label>
        Until step <input ref={field} inputMode="numeric" size={10} aria-describedby="until-fault" />
      </label>
      <button type="submit">Silence</button>
      <small>now at {formatCount(last)}</small>
      <span id="until-fault" class="fault" role="alert">
        {fault}
      </span>
    </form>
  );
}

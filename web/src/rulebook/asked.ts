/** A question that is asked again every few seconds while the page is seen; what it says only changes when it does. */
import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { ApiError } from "../api";
import { wantsToken } from "../socket";
import { connection } from "../state";

const EVERY_MS = 5_000;
const open = new Set<{ again: () => void }>();

/** Asks everything anew that is open, as after a change. */
export function askAgain(): void {
  for (const one of open) one.again();
}

export class Asked<Answer> {
  readonly answer = signal<Answer | null>(null);
  readonly fault = signal<ApiError | null>(null);
  private timer = 0;
  private isOpen = false;
  private text = "";
  /** Tells answers apart that overtake one another. */
  private asking = 0;

  constructor(private readonly ask: () => Promise<Answer>) {}

  open(): void {
    this.isOpen = true;
    open.add(this);
    document.addEventListener("visibilitychange", this.whenSeen);
    this.again();
  }

  close(): void {
    this.isOpen = false;
    open.delete(this);
    window.clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.whenSeen);
    connection.value = "closed";
  }

  again(): void {
    window.clearTimeout(this.timer);
    this.asking += 1;
    const asking = this.asking;
    this.ask().then(
      (answer) => {
        if (asking === this.asking) this.take(answer);
      },
      (fault: unknown) => {
        if (asking === this.asking) this.fail(fault);
      },
    );
  }

  private readonly whenSeen = (): void => {
    if (!document.hidden) this.again();
  };

  private take(answer: Answer): void {
    if (!this.isOpen) return;
    const text = JSON.stringify(answer);
    if (text !== this.text) this.answer.value = answer;
    this.text = text;
    this.fault.value = null;
    connection.value = "open";
    this.later();
  }

  private fail(fault: unknown): void {
    if (!this.isOpen || wantsToken(fault)) return;
    if (fault instanceof ApiError && fault.status !== 0) this.fault.value = fault;
    else connection.value = "waiting";
    this.later();
  }

  private later(): void {
    this.timer = window.setTimeout(() => {
      if (!document.hidden) this.again();
    }, EVERY_MS);
  }
}

/** Asks for as long as the view stands. */
export function useAsked<Answer>(ask: () => Promise<Answer>, when: readonly unknown[]): Asked<Answer> {
  const asked = useMemo(() => new Asked(ask), when);
  useEffect(() => {
    asked.open();
    return () => {
      asked.close();
    };
  }, [asked]);
  return asked;
}

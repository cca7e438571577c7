/** Sends a trial and says in place what came back. */
import { useState } from "preact/hooks";
import { channelWords, testChannel } from "../api-channels";
import { trialWords } from "../channels/words";
import { askAgain } from "../rulebook/asked";

interface TrialProps {
  id: string;
  name: string;
  /** Told when one was sent: it stands in the log. */
  onSent?: () => void;
}

interface Came {
  words: string;
  isGood: boolean;
}

export function Trial({ id, name, onSent }: TrialProps) {
  const [isBusy, setBusy] = useState(false);
  const [came, setCame] = useState<Came | null>(null);
  const send = async (): Promise<void> => {
    setBusy(true);
    try {
      const message = await testChannel(id);
      setCame({ words: trialWords(message), isGood: message.state === "delivered" });
      askAgain();
      onSent?.();
    } catch (fault) {
      setCame({ words: channelWords(fault), isGood: false });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="trial">
      <button
        type="button"
        aria-label={`Send a test to ${name}`}
        aria-disabled={isBusy}
        onClick={() => {
          if (!isBusy) void send();
        }}
      >
        {isBusy ? "Sending…" : "Send a test"}
      </button>
      <p role="status" class={came === null || isBusy ? "dim" : came.isGood ? "good" : "fault"}>
        {isBusy ? "" : came?.words}
      </p>
    </div>
  );
}

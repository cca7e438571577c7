/** A secret that was just made, shown once, to be copied. */
import { useState } from "preact/hooks";
import { made } from "../channels/made";

export function SecretOnce({ id }: { id: string }) {
  const [copied, setCopied] = useState(false);
  const secret = made.value?.id === id ? made.value.secret : null;
  if (secret === null) return null;
  const copy = (): void => {
    navigator.clipboard.writeText(secret).then(
      () => {
        setCopied(true);
      },
      () => undefined, // a browser may forbid it; the text can still be selected
    );
  };
  return (
    <section class="card secret" aria-label="The secret">
      <p>
        <b>This secret is shown once.</b> Give it to the receiver: it checks by it that messages come from here.
      </p>
      <p class="field">
        <code tabIndex={0}>{secret}</code>
        <button type="button" onClick={copy}>
          {copied ? "Copied" : "Copy"}
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            made.value = null;
          }}
        >
          I have it
        </button>
      </p>
    </section>
  );
}

/** Who did what: asked for, and loaded, once somebody wants to see it. */
import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { wordsOf } from "../api";

export function AuditCard() {
  const [View, setView] = useState<ComponentType | null>(null);
  const [fault, setFault] = useState("");
  const open = (): void => {
    import("./audit").then(
      (loaded) => {
        setView(() => loaded.default);
      },
      (error: unknown) => {
        setFault(wordsOf(error));
      },
    );
  };
  return (
    <section class="card" aria-labelledby="audit-title">
      <h2 id="audit-title">Who did what</h2>
      {View ? (
        <View />
      ) : (
        <div class="field">
          <p>Who deleted, stopped, acknowledged or changed something, by the name of the token.</p>
          <button type="button" onClick={open}>
            Show it
          </button>
        </div>
      )}
      {fault !== "" && <p class="fault">{fault}</p>}
    </section>
  );
}

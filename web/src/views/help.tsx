/** The help: every key that does something now, the version, and where to read on. */
import { useEffect, useRef, useState } from "preact/hooks";
import { readAbout, type About } from "../api-about";
import { keyGroups } from "../keys";
import { isMac, shortcuts } from "../shortcuts";
import { viewName } from "../title";

export default function Help({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keyboard</h2>
      {keyGroups(shortcuts.value, viewName(), isMac).map(({ name, keys }) => (
        <section key={name} aria-label={name}>
          <h3>{name}</h3>
          <dl>
            {keys.map(({ key, words }) => (
              <div key={`${key} ${words}`}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p>
        <Version /> <a href="docs">The interface for programs</a> is told at /docs.
      </p>
      <div class="actions">
        <button
          type="button"
          autofocus
          onClick={() => {
            dialog.current?.close();
          }}
        >
          Close
        </button>
      </div>
    </dialog>
  );
}

function Version() {
  const [about, setAbout] = useState<About | null>(null);
  useEffect(() => {
    readAbout().then(setAbout, () => undefined); // the keys matter more here
  }, []);
  return <>lineside {about?.version ?? ""}.</>;
}

/** The first page before the first run: twelve lines to paste, holding this server's address. */
import { useState } from "preact/hooks";
import "../styles/help.css";
import { serverUrl } from "../api";

export function example(address: string): string {
  return `import lineside

run = lineside.init(project="my-project", name="first", server="${address}",
                    intent={"total_steps": 1000})
for step in range(1, 1001):
    loss = train_one_batch()  # your own training step
    run.log({"train/loss": loss, "lr": scheduler.get_last_lr()[0]}, step=step)
    if step % 100 == 0:
        run.log({"eval/loss": evaluate()}, step=step)
    if run.should_stop:  # the Stop button of this page
        break
run.finish()
`;
}

export function EmptyState() {
  const code = example(serverUrl().toString().replace(/\/$/, ""));
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard.writeText(code).then(
      () => {
        setCopied(true);
      },
      () => undefined, // a browser may forbid it; the text can still be selected
    );
  };
  return (
    <section class="teach">
      <h1>No runs yet</h1>
      <p>Paste this into a training loop. The run appears here with its first step; nothing needs to be reloaded.</p>
      <div class="code">
        <pre tabIndex={0} role="region" aria-label="The lines to paste">
          <code>{code}</code>
        </pre>
        <button type="button" onClick={copy}>
          {copied ? "Copied" : "Copy"}
        </button>
      </div>
      <p class="dim">
        The client comes with <code>pip install lineside</code> and nothing else. A recorded run is taken in with{" "}
        <code>lineside import FILE</code>.
      </p>
    </section>
  );
}

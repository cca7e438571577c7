/** The first page before the first run: twelve lines to paste, holding this server's address. */
import { useState } from "preact/hooks";
import "../styles/help.css";
import "../styles/empty.css";
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
  const address = serverUrl().toString().replace(/\/$/, "");
  return (
    <section class="teach">
      <h1>No runs yet</h1>
      <p>Paste this into a training loop. The run appears here with its first step; nothing needs to be reloaded.</p>
      <Code label="The lines to paste" text={example(address)} />
      <p class="dim">
        The client comes with <code>pip install lineside</code> and nothing else. A recorded run is taken in with{" "}
        <code>lineside import FILE</code>.
      </p>
      <p>Or see first what it looks like. This plays recorded runs, healthy and ill, on a service of their own:</p>
      <Code label="Command of the demo" text={"lineside demo\n"} />
    </section>
  );
}

function Code({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
      },
      () => undefined, // a browser may forbid it; the text can still be selected
    );
  };
  return (
    <div class="code">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
      <button type="button" onClick={copy}>
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}

/** The six facts of a run in large figures, and its progress with the marks of its epochs. */
import type { ComponentChildren } from "preact";
import { formatCount, formatDuration, formatValue } from "../format";
import { stepUnit, summaryOf, trainLossOf } from "../roles";
import type { Run } from "../wire";

interface FactProps {
  name: string;
  children: ComponentChildren;
  aside?: string | undefined;
  /** So many digits have room before what stands aside: it is not pushed along as the figure grows. */
  room?: number;
}

function Fact({ name, children, aside, room = 0 }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b style={{ minWidth: `${room}ch` }}>{children}</b> {aside !== undefined && <small>{aside}</small>}
      </dd>
    </div>
  );
}

/** The epoch as logged, else as the declared length of one tells it. */
export function epochOf(run: Run): number | null {
  const logged = summaryOf(run, "epoch")?.last;
  if (logged !== null && logged !== undefined) return logged;
  const step = run.progress?.step;
  const length = run.intent?.steps_per_epoch;
  return step !== null && step !== undefined && length ? step / length : null;
}

/** Digits of the figures up to a total; commas are narrower than digits, so half of them are taken for one. */
const roomFor = (total: number | null | undefined): number =>
  total ? Math.ceil((String(total).length + formatCount(total).length) / 2) : 6;

export function Facts({ run }: { run: Run }) {
  const { step, total_steps: total, steps_per_s: speed, eta_s: eta } = run.progress ?? {};
  const epochs = run.intent?.epochs;
  const epoch = epochOf(run);
  const unit = stepUnit(run);
  const ended = run.ended_at !== null;
  const took = ended ? (run.ended_at ?? 0) - (run.started_at ?? run.created_at) : null;
  return (
    <dl class="facts">
      <Fact name="Step" aside={total ? `of ${formatCount(total)} ${unit}` : unit} room={roomFor(total)}>
        {formatCount(step)}
      </Fact>
      <Fact name="Epoch" aside={epochs ? `of ${epochs}` : undefined} room={5}>
        {epoch === null ? "–" : epoch.toFixed(epoch < 10 ? 3 : 2)}
      </Fact>
      <Fact
        name="Updates"
        aside={run.update?.total ? `of ${formatCount(run.update.total)}` : undefined}
        room={roomFor(run.update?.total)}
      >
        {formatCount(run.update?.done)}
      </Fact>
      <Fact name="Speed" aside={`${unit}/s`} room={4}>
        {formatValue(speed, 3)}
      </Fact>
      {ended ? (
        <Fact name="Took">{formatDuration(took)}</Fact>
      ) : (
        <Fact name="Left">{formatDuration(run.state === "lost" ? null : eta)}</Fact>
      )}
      <Fact name="Train loss">{formatValue(trainLossOf(run))}</Fact>
    </dl>
  );
}

/** Where the epochs begin, as fractions of the whole run; none when they would crowd. */
export function epochMarks(run: Run): number[] {
  const total = run.progress?.total_steps;
  const length = run.intent?.steps_per_epoch ?? (total && run.intent?.epochs ? total / run.intent.epochs : null);
  if (!total || !length) return [];
  const count = Math.ceil(total / length) - 1;
  return count > 50 ? [] : Array.from({ length: Math.max(0, count) }, (_, index) => ((index + 1) * length) / total);
}

export function ProgressBar({ run }: { run: Run }) {
  const fraction = run.progress?.fraction;
  const percent = (fraction ?? 0) * 100;
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={100}
      {...(fraction === null || fraction === undefined
        ? { "aria-valuetext": "unknown length" }
        : { "aria-valuenow": Math.round(percent) })}
    >
      <i style={{ width: `${percent}%` }} />
      {epochMarks(run).map((mark) => (
        <u key={mark} style={{ left: `${mark * 100}%` }} />
      ))}
    </div>
  );
}

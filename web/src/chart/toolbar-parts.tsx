/** The parts of the toolbar that are fields: smoothing, the filter by name, and the attempt. */
import { formatCount } from "../format";
import type { RunStore } from "../run";
import { filterCharts, lens, lookAtAttempt, smoothBy, type Smoothing } from "./lens";
import { emaOf, SLIDER, slideOf } from "./slider";

const KINDS: readonly { kind: Smoothing["kind"]; words: string }[] = [
  { kind: "auto", words: "auto" },
  { kind: "none", words: "none" },
  { kind: "ema", words: "EMA" },
  { kind: "median", words: "median" },
];
const EMA_AT_FIRST = 0.9;
const POINTS_AT_FIRST = 15;
const MOST_POINTS = 301;
const madeOf = (kind: string): Smoothing => {
  if (kind === "ema") return { kind, amount: EMA_AT_FIRST };
  if (kind === "median") return { kind, amount: POINTS_AT_FIRST };
  return kind === "none" ? { kind } : { kind: "auto" };
};

export function SmoothingChoice() {
  const told = lens.smoothing.value;
  return (
    <span class="smoothing">
      <label>
        Smoothing{" "}
        <select
          value={told.kind}
          onChange={(event) => {
            smoothBy(madeOf(event.currentTarget.value));
          }}
        >
          {KINDS.map(({ kind, words }) => (
            <option key={kind} value={kind}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {told.kind === "ema" && <Ema amount={told.amount} />}
      {told.kind === "median" && <Median amount={told.amount} />}
    </span>
  );
}

function Ema({ amount }: { amount: number }) {
  return (
    <label>
      <input
        type="range"
        aria-label="How much the mean keeps"
        aria-valuetext={String(amount)}
        min={0}
        max={SLIDER}
        value={slideOf(amount)}
        onInput={(event) => {
          smoothBy({ kind: "ema", amount: emaOf(Number(event.currentTarget.value)) });
        }}
      />{" "}
      <output>{amount}</output>
    </label>
  );
}

function Median({ amount }: { amount: number }) {
  return (
    <label>
      <input
        type="range"
        aria-label="Points of the median"
        min={3}
        max={MOST_POINTS}
        step={2}
        value={amount}
        onInput={(event) => {
          smoothBy({ kind: "median", amount: Number(event.currentTarget.value) });
        }}
      />{" "}
      <output>{formatCount(amount)} points</output>
    </label>
  );
}

export function Filter() {
  return (
    <input
      type="search"
      class="charts-filter"
      placeholder="Filter charts"
      aria-label="Filter charts by name"
      value={lens.filter.value}
      onInput={(event) => {
        filterCharts(event.currentTarget.value);
      }}
    />
  );
}

export const attemptWords = (attempt: number | null): string =>
  attempt === null ? "" : `Attempt ${formatCount(attempt)} alone, with what a later one repeated.`;

/** Which attempt of a resumed run is shown; there is no such choice where there was but one. */
export function Attempts({ store }: { store: RunStore }) {
  const attempts = store.run.value?.attempts ?? [];
  const chosen = lens.attempt.value;
  if (attempts.length < 2 && chosen === null) return null;
  return (
    <span class="attempts">
      <label>
        Attempt{" "}
        <select
          value={chosen === null ? "" : String(chosen)}
          onChange={(event) => {
            const { value } = event.currentTarget;
            lookAtAttempt(value === "" ? null : Number(value));
          }}
        >
          <option value="">all, as they count</option>
          {attempts.map(({ attempt, first_step: first }) => (
            <option key={attempt} value={String(attempt)}>
              {formatCount(attempt)}
              {first === null ? ", no step" : `, from step ${formatCount(first)}`}
            </option>
          ))}
        </select>
      </label>
      <span class="unseen" role="status">
        {attemptWords(chosen)}
      </span>
    </span>
  );
}

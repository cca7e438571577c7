/** The small curve of a run that a rule was tried on, with a mark where it would have fired. */
import { formatCount, formatValue } from "../format";
import { nameOf } from "../roles";
import { curveOf, HEIGHT, WIDTH } from "../rulebook/curve";
import type { Tried } from "../rulebook/trials";
import { Mark } from "./severity";

function wordsOf({ run, fired, key }: Tried): string {
  const steps = fired.map((one) => formatCount(one.step));
  const when = steps.length === 0 ? "never fires" : `fires at step ${steps.join(", ")}`;
  return `${key ?? "The series"} of ${nameOf(run)}: ${when}`;
}

export function TriedCurve({ tried, bound }: { tried: Tried; bound: number | null }) {
  const { series, fired, saved, key } = tried;
  const curve = series ? curveOf(series, bound) : null;
  if (!curve)
    return <p class="dim">{key === null ? "It has no series to show." : `${key} is not logged in this run.`}</p>;
  const at = bound === null ? null : curve.yOf(bound);
  return (
    <figure class="rule-curve">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={wordsOf(tried)}>
        {curve.band !== "" && <path class="band" d={curve.band} />}
        {at !== null && <line class="bound" x1={0} x2={WIDTH} y1={at} y2={at} />}
        {saved?.map((one) => (
          <line
            key={`${one.subject} ${one.step}`}
            class="before"
            x1={curve.xOf(one.step)}
            x2={curve.xOf(one.step)}
            y1={HEIGHT / 2}
            y2={HEIGHT}
          />
        ))}
        <path class="line" d={curve.line} />
        {fired.map((one) => (
          <line
            key={`${one.subject} ${one.step}`}
            class={one.severity}
            x1={curve.xOf(one.step)}
            x2={curve.xOf(one.step)}
            y1={0}
            y2={HEIGHT}
          />
        ))}
      </svg>
      {fired.map((one) => (
        <span
          key={`${one.subject} ${one.step}`}
          class={`severity ${one.severity}`}
          style={{ left: `${(curve.xOf(one.step) / WIDTH) * 100}%` }}
          aria-hidden="true"
        >
          <Mark severity={one.severity} />
        </span>
      ))}
      <figcaption class="dim">
        {key}, {formatValue(curve.least)} to {formatValue(curve.greatest)}
        {saved !== null && saved.length > 0 && "; dashed: the saved rule"}
      </figcaption>
    </figure>
  );
}

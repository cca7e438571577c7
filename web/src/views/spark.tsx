/** A sparkline: a small curve written as SVG by hand. */

const WIDTH = 120;
const HEIGHT = 24;

/** The path of the finite values; a missing one breaks the line. */
export function sparkPath(values: readonly (number | null)[]): string {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (finite.length < 2) return "";
  const least = finite.reduce((a, b) => Math.min(a, b));
  const span = finite.reduce((a, b) => Math.max(a, b)) - least || 1;
  let isDown = false;
  return values
    .map((value, index) => {
      if (value === null || !Number.isFinite(value)) {
        isDown = false;
        return "";
      }
      const x = (index / (values.length - 1)) * WIDTH;
      const y = HEIGHT - 2 - ((value - least) / span) * (HEIGHT - 4);
      const command = isDown ? "L" : "M";
      isDown = true;
      return `${command}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

export function Spark({ values }: { values: readonly (number | null)[] | null | undefined }) {
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={sparkPath(values ?? [])} />
    </svg>
  );
}

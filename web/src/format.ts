/** Turns numbers into the words and figures of the page: always the same precision, so that nothing flickers. */

const DASH = "–";
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const grouped = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? DASH : grouped.format(value);
}

/** `1.50e-7` as people write it: no padded exponent, no plus sign. */
function exponential(value: number, digits: number): string {
  return value.toExponential(digits - 1).replace("e+", "e");
}

/** A number in a fixed count of significant digits: trailing zeros stay, so a figure keeps its width. */
export function formatValue(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return DASH;
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "−Inf";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-3) return sign(exponential(value, digits));
  if (size >= 10 ** digits) return sign(grouped.format(value));
  return sign(value.toPrecision(digits));
}

/** A learning rate: three significant digits at least, and zero only where it is exactly zero. */
export function formatLr(value: number | null | undefined): string {
  if (value === 0) return "0 (exact)";
  if (value === null || value === undefined || !Number.isFinite(value)) return formatValue(value);
  return Math.abs(value) < 0.01 ? sign(exponential(value, 3)) : formatValue(value, 3);
}

export function formatShare(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  const percent = value * 100;
  return `${percent !== 0 && Math.abs(percent) < 1 ? percent.toPrecision(2) : percent.toFixed(1)}%`;
}

export function formatBytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let index = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 1000 && index < units.length - 1) {
    scaled /= 1000;
    index += 1;
  }
  return `${index === 0 ? grouped.format(scaled) : scaled.toPrecision(3)} ${units[index] ?? "B"}`;
}

/** A length of time in its two largest units: `8 h 15 m`. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds < 0) return DASH;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} m ${whole % MINUTE} s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} m`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}

/** How long ago something was, in one unit; clocks that disagree never give a time to come. */
export function formatAge(then: number | null | undefined, now: number): string {
  if (then === null || then === undefined) return "never";
  const seconds = now - then;
  if (seconds < 2) return "just now";
  if (seconds < MINUTE) return `${Math.floor(seconds)} s ago`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} m ago`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  return `${Math.floor(seconds / DAY)} d ago`;
}

/** `once`, `twice`, `3 times`. */
export function times(count: number): string {
  if (count === 1) return "once";
  return count === 2 ? "twice" : `${formatCount(count)} times`;
}

function sign(text: string): string {
  return text.startsWith("-") ? `−${text.slice(1)}` : text;
}

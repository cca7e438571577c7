/** Ticks of a time axis: round lengths of time, or round moments of the clock on the wall; pure. */

export interface Tick {
  at: number;
  text: string;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, HOUR, 7200, 10_800, 21_600, 43_200, DAY];

/** The least round width that gives no more than so many ticks. */
export function widthFor(span: number, most: number): number {
  const found = WIDTHS.find((width) => span / width <= most);
  if (found !== undefined) return found;
  const power = 10 ** Math.floor(Math.log10(span / most / DAY));
  return ([1, 2, 5].find((one) => span / (one * power * DAY) <= most) ?? 10) * power * DAY;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** `1 h 30 m`: the two largest units. */
export function lengthText(seconds: number): string {
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / DAY), "d"],
    [Math.floor((whole % DAY) / HOUR), "h"],
    [Math.floor((whole % HOUR) / MINUTE), "m"],
    [whole % MINUTE, "s"],
  ];
  const told = parts.filter(([count]) => count > 0).slice(0, 2);
  return told.length === 0 ? "0" : told.map(([count, unit]) => `${String(count)} ${unit}`).join(" ");
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The local clock; a day is named where it begins, and wherever the ticks are that far apart. */
export function wallText(seconds: number, width: number): string {
  const date = new Date(seconds * 1000);
  const day = `${String(date.getDate())} ${MONTHS[date.getMonth()] ?? ""}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (width >= DAY || clock === "00:00") return day;
  return width < MINUTE ? `${clock}:${two(date.getSeconds())}` : clock;
}

/** Ticks of a time axis from `first` to `last` seconds. */
export function timeTicks(kind: "relative" | "wall", first: number, last: number, most: number): Tick[] {
  const width = widthFor(Math.max(last - first, 1), most);
  // Round moments are those of the local clock: its distance from UTC is taken once, so summer time may shift a tick.
  const shift = kind === "wall" ? new Date(first * 1000).getTimezoneOffset() * MINUTE : 0;
  const ticks: Tick[] = [];
  for (let at = Math.ceil((first - shift) / width) * width + shift; at <= last; at += width) {
    ticks.push({ at, text: kind === "wall" ? wallText(at, width) : lengthText(at) });
  }
  return ticks;
}

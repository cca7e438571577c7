/** Gauges of the machine as small curves over wall time, with gaps where the run was silent; pure. */
import type { GaugePage, GaugeView } from "../api-details";
import { formatBytes, formatCount, formatValue } from "../format";
import type { RunEvent } from "../wire";

/** A pause that is longer than so many usual ones is a silence. */
const SILENCE = 4;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** The longest pause between points that is no silence. */
export function longestPause(ts: readonly number[]): number {
  return SILENCE * median(ts.slice(1).map((at, index) => at - (ts[index] ?? at)));
}

/** The stretches of points between silences, as first and last index. */
export function stretches(ts: readonly number[]): [number, number][] {
  const most = longestPause(ts);
  const found: [number, number][] = [];
  for (const [index, at] of ts.entries()) {
    const last = found.at(-1);
    if (last && at - (ts[index - 1] ?? at) <= most) last[1] = index;
    else found.push([index, index]);
  }
  return found;
}

export interface Frame {
  from: number;
  to: number;
  low: number;
  high: number;
}

/** What the curve spans; a constant stands in the middle. Percentages keep their whole scale. */
export function frameOf(name: string, gauge: GaugeView, from: number, to: number): Frame {
  const [low, high] = [Math.min(...gauge.min), Math.max(...gauge.max)];
  if (isShare(name) && low >= 0 && high <= 100) return { from, to, low: 0, high: 100 };
  const room = high === low ? Math.abs(high) * 0.05 || 1 : (high - low) * 0.05;
  return { from, to, low: low - room, high: high + room };
}

const isShare = (name: string): boolean => /(percent|utili[sz]ation|util|load_pct|_pct|%)$/i.test(name);

/** Curve and band (least to greatest) as paths in a box of this size. */
export function pathsOf(gauge: GaugeView, frame: Frame, width: number, height: number): { line: string; band: string } {
  const span = frame.to - frame.from || 1;
  const x = (at: number): string => (((at - frame.from) / span) * width).toFixed(1);
  const y = (value: number): string => (height - ((value - frame.low) / (frame.high - frame.low)) * height).toFixed(1);
  const at = (column: readonly number[], index: number): string =>
    `${x(gauge.ts[index] ?? frame.from)} ${y(column[index] ?? 0)}`;
  let [line, band] = ["", ""];
  for (const [first, last] of stretches(gauge.ts)) {
    const indices = Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
    // One point alone is a short stroke, which a line of no length would not show.
    line +=
      first === last ? `M${at(gauge.value, first)}h2` : `M${indices.map((one) => at(gauge.value, one)).join("L")}`;
    const down = indices.toReversed().map((one) => at(gauge.min, one));
    band += `M${[...indices.map((one) => at(gauge.max, one)), ...down].join("L")}Z`;
  }
  return { line, band };
}

/** A gauge's figure with the unit that its name tells; `isWhole` where the gauge has whole figures alone. */
export function gaugeWords(name: string, value: number | undefined, isWhole = false): string {
  if (value === undefined) return "–";
  if (/bytes/i.test(name)) return formatBytes(value);
  const unit = unitOf(name);
  const figure = isWhole && Math.abs(value) < 1e7 ? formatCount(value) : formatValue(value, 3);
  return unit === "" ? figure : `${figure} ${unit}`;
}

/** Whether all figures of a gauge are whole: it is then told in whole ones, else always in as many digits. */
export const isWhole = ({ value, min, max }: GaugeView): boolean =>
  [value, min, max].every((column) => column.every((one) => Number.isInteger(one)));

function unitOf(name: string): string {
  if (isShare(name)) return "%";
  if (/(temperature|temp|celsius|_c)$/i.test(name)) return "°C";
  if (/(power|watts?|_w)$/i.test(name)) return "W";
  if (/(_gb|_gib)$/i.test(name)) return /gib$/i.test(name) ? "GiB" : "GB";
  if (/(_mb|_mib)$/i.test(name)) return /mib$/i.test(name) ? "MiB" : "MB";
  return "";
}

/** The page with one more `system` event put behind what is there. */
export function withEvent(page: GaugePage, event: RunEvent): GaugePage {
  const values = event.values;
  if (typeof values !== "object" || values === null || event.ts === null) return page;
  const gauges = { ...page.gauges };
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "number") gauges[name] = grow(gauges[name], event.ts, value);
  }
  return { from: page.from ?? event.ts, to: Math.max(page.to ?? event.ts, event.ts), gauges };
}

function grow(gauge: GaugeView | undefined, ts: number, value: number): GaugeView {
  if (!gauge) return { count: 1, ts: [ts], value: [value], min: [value], max: [value] };
  if (ts <= (gauge.ts.at(-1) ?? -Infinity)) return gauge; // it is there already, or comes too late to matter
  return {
    count: gauge.count + 1,
    ts: [...gauge.ts, ts],
    value: [...gauge.value, value],
    min: [...gauge.min, value],
    max: [...gauge.max, value],
  };
}

/** The point at or before a time. */
export function pointAt(gauge: GaugeView, at: number): number {
  const after = gauge.ts.findIndex((ts) => ts > at);
  return Math.max(0, (after < 0 ? gauge.ts.length : after) - 1);
}

/** Gauges by the first part of their names, each group in the order of its numbers. */
export function groupsOf(page: GaugePage): [group: string, names: string[]][] {
  const order = new Intl.Collator("en", { numeric: true });
  const groups = new Map<string, string[]>();
  for (const name of Object.keys(page.gauges).sort((a, b) => order.compare(a, b))) {
    const group = name.includes("/") ? (name.split("/")[0] ?? "") : "";
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return [...groups];
}

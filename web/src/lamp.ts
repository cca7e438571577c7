/** How it stands, as small as a browser's tab: a signal with one lit lamp, and a few words; pure. */
import type { Aspect } from "./findings";
import type { Standing } from "./fleet";
import { formatCount } from "./format";

/** Top, middle, bottom: also told apart without colour. */
const LAMPS: readonly [Aspect, string][] = [
  ["critical", "#ff4d43"],
  ["warning", "#ffbe3b"],
  ["healthy", "#4fd18b"],
];
const PLACES = [3.6, 8, 12.4];

/** The signal as an image of its own; what is not lit is small and dim. */
export function favicon(aspect: Aspect): string {
  const lamps = LAMPS.map(([lamp, colour], index) => {
    const [radius, fill] = lamp === aspect ? [2.4, colour] : [1.6, "#59636b"];
    return `<circle cx="8" cy="${String(PLACES[index])}" r="${radius}" fill="${fill}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect x="3.5" width="9" height="16" rx="4.5" fill="#15181a"/>${lamps.join("")}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** What stands before the title: nothing where nothing is wrong. */
export function markOf({ aspect, critical, warning }: Standing): string {
  if (aspect === "critical") return critical > 0 ? `● ${formatCount(critical)} critical` : "● critical";
  if (aspect === "warning") return warning > 0 ? `▲ ${formatCount(warning)} warning` : "▲ warning";
  return "";
}

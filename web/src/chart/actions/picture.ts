/** A chart as a picture in a file: drawn afresh on white, with its title, axis and legend, as it stands on the page. */
import type { PlotlyPart } from "plotly.js-basic-dist-min";
import { drawn, purge, type Theme } from "../plot";
import { escapeText } from "../plot-text";
import type { Picture } from "../spec";

const WIDTH = 960;
const HEIGHT = 540;
const PNG_SCALE = 2;

/** What stands around the curves in a file, where no page does. */
export interface Words {
  title: string;
  /** The run and its project. */
  subtitle: string;
  x: string;
  y: string;
}

export interface Wanted {
  picture: Picture;
  words: Words;
  paint: (element: HTMLElement, theme: Theme) => void;
}

/**
 * The tokens of the light page, whatever the page wears now: pictures go into papers and chats, on white.
 * They are the first of their name in the style sheets; those of the dark page stand behind a media query.
 */
function paper(): Theme {
  const tokens = new Map<string, string>();
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  for (const rule of rules) {
    if (!(rule instanceof CSSStyleRule) || rule.selectorText !== ":root") continue;
    for (const name of rule.style) {
      if (name.startsWith("--") && !tokens.has(name)) tokens.set(name, rule.style.getPropertyValue(name).trim());
    }
  }
  return { colour: (name) => tokens.get(`--${name}`) ?? "#16191c", coarse: false };
}

const part = (value: unknown): PlotlyPart => (typeof value === "object" && value !== null ? (value as PlotlyPart) : {});

function dressed(layout: PlotlyPart, words: Words, theme: Theme, isBars: boolean): PlotlyPart {
  const ink = { color: theme.colour("ink") };
  const axis = (name: string, title: string): PlotlyPart => ({
    ...part(layout[name]),
    title: { text: isBars ? "" : escapeText(title), standoff: 10, font: { ...ink, size: 12 } },
    ...(isBars ? {} : { automargin: true }),
  });
  return {
    ...layout,
    width: WIDTH,
    height: HEIGHT,
    margin: { l: isBars ? 24 : 72, r: 28, t: 90, b: 100 },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    title: {
      text: escapeText(words.title),
      subtitle: { text: escapeText(words.subtitle), font: { color: theme.colour("dim"), size: 12 } },
      font: { ...ink, size: 17 },
      x: 0,
      xref: "paper",
      xanchor: "left",
      y: 0.95,
    },
    showlegend: true,
    legend: {
      orientation: "h",
      traceorder: "normal",
      x: 0,
      xanchor: "left",
      y: -0.14,
      yanchor: "top",
      font: { ...ink, size: 12 },
    },
    xaxis: axis("xaxis", words.x),
    yaxis: axis("yaxis", words.y),
  };
}

/** Draws it out of sight, asks the library for the file, and takes the drawing away again. */
async function pictureOf({ picture, words, paint }: Wanted, format: "svg" | "png"): Promise<string> {
  const bench = document.createElement("div");
  bench.style.cssText = `position:fixed;left:-9999px;top:0;width:${WIDTH}px;height:${HEIGHT}px`;
  bench.setAttribute("aria-hidden", "true");
  document.body.append(bench);
  try {
    const theme = paper();
    paint(bench, theme);
    const found = drawn(bench);
    if (!found) throw new Error("The charts are not loaded yet.");
    const layout = dressed(found.layout, words, theme, picture.figure.bars !== null);
    const size = { width: WIDTH, height: HEIGHT, scale: format === "png" ? PNG_SCALE : 1 };
    return await found.library.toImage(
      { data: found.data, layout },
      { format, ...size, imageDataOnly: format === "svg" },
    );
  } finally {
    purge(bench);
    bench.remove();
  }
}

export async function svgOf(wanted: Wanted): Promise<string> {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${await pictureOf(wanted, "svg")}`;
}

/** The library gives a `data:` address; the bytes are taken out of it here, since the policy lets nothing fetch one. */
export async function pngOf(wanted: Wanted): Promise<Blob> {
  const address = await pictureOf(wanted, "png");
  const text = atob(address.slice(address.indexOf(",") + 1));
  return new Blob([Uint8Array.from(text, (one) => one.charCodeAt(0))], { type: "image/png" });
}

/** How the page is built: one small chunk at first, charts later, the API documentation's assets beside them. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const DOCS_FILES = ["swagger-ui-bundle.js", "swagger-ui.css"];

/** Puts the assets of `/docs` into `dist/docs`, so that the API documentation works offline. */
function copyDocs(): Plugin {
  return {
    name: "lineside-docs",
    apply: "build",
    writeBundle(output) {
      const from = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
      const to = join(output.dir ?? "dist", "docs");
      mkdirSync(to, { recursive: true });
      for (const file of DOCS_FILES) copyFileSync(join(from, file), join(to, file));
    },
  };
}

/** Says what a visitor loads before any chart, and fails the build when it outgrows its budget. */
function weigh(limitBytes: number): Plugin {
  return {
    name: "lineside-weight",
    apply: "build",
    writeBundle(output) {
      const folder = output.dir ?? "dist";
      const assets = readdirSync(join(folder, "assets")).filter((file) => /^index-.*\.(js|css)$/.test(file));
      const files = ["index.html", ...assets.map((file) => join("assets", file))];
      const total = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0);
      this.info(`before the charts: ${(total / 1000).toFixed(1)} kB gzipped (limit ${String(limitBytes / 1000)} kB)`);
      if (total > limitBytes) this.error("The page is too heavy before its charts: load more of it lazily.");
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [copyDocs(), weigh(30_000)],
  build: { target: "es2023", modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1_300 },
  server: {
    proxy: {
      "^/(runs|projects|live|healthz|openapi.json)": { target: "http://127.0.0.1:7460", ws: true },
    },
  },
});

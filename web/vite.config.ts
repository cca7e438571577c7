/** How the page is built: one small chunk at first, charts later, the API documentation's assets beside them. */
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
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

/** Says what a visitor loads before any chart, on the heavier of the first pages; fails the build beyond its budget. */
function weigh(limitBytes: number): Plugin {
  return {
    name: "lineside-weight",
    apply: "build",
    writeBundle(output, bundle) {
      const folder = output.dir ?? "dist";
      const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
      const gzipped = (file: string): number => gzipSync(readFileSync(join(folder, file))).length;
      const needs = (file: string, found = new Set<string>()): Set<string> => {
        const chunk = chunks.find(({ fileName }) => fileName === file);
        if (!chunk || found.has(file)) return found;
        found.add(file);
        for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
        for (const other of chunk.imports) needs(other, found);
        return found;
      };
      const entry = chunks.find(({ isEntry }) => isEntry)?.fileName ?? "";
      for (const view of ["runs", "run"]) {
        const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/views/${view}.tsx`));
        if (!chunk) this.error(`There is no file of the view ${view}.`);
        const files = needs(chunk.fileName, needs(entry)).add("index.html");
        const total = [...files].reduce((sum, file) => sum + gzipped(file), 0);
        this.info(
          `${view}, before its charts: ${(total / 1000).toFixed(1)} kB gzipped of ${String(limitBytes / 1000)}`,
        );
        if (total > limitBytes) this.error("The page is too heavy before its charts: load more of it lazily.");
      }
    },
  };
}

/** What every first page needs stands in one file: small files of their own are packed worse, and asked for one by one. */
const GROUPS = [
  {
    name: "core",
    test: /node_modules[\\/]@?preact|src[\\/](api|state|socket|live|told|wire|format|roles|route|title|overlay|shortcuts|findings)\.ts|views[\\/]state-pill/,
  },
  { name: "sight", test: /src[\\/](run|series|verdict|evidence)\.ts|views[\\/](worded|not-found)|chart[\\/]nonfinite/ },
];

export default defineConfig({
  base: "./",
  plugins: [copyDocs(), weigh(30_000)],
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_300,
    rolldownOptions: { output: { codeSplitting: { groups: GROUPS } } },
  },
  server: {
    proxy: {
      "^/(runs|projects|live|alerts|rules|mutes|webhooks|deliveries|compare|sizes|about|audit|session|tokens|healthz|openapi.json)":
        {
          target: "http://127.0.0.1:7460",
          ws: true,
        },
    },
  },
});

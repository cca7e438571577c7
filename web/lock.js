/** Takes the addresses that npm keeps in its lock file out of it; run by `npm run lock`. */
import { readFileSync, writeFileSync } from "node:fs";

const FILE = "package-lock.json";
const lock = JSON.parse(readFileSync(FILE, "utf8"));
for (const entry of Object.values(lock.packages)) {
  delete entry.resolved;
  delete entry.funding;
}
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);

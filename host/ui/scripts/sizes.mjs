// What a merchant's browser has to fetch, gzipped; ends with an error above the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = process.argv[2] ?? new URL("../dist", import.meta.url).pathname;
const BUDGETS = { connect: 100_000, dashboard: 100_000, docs: 100_000 };

/** Scripts and styles a page's HTML names, and what those scripts import. */
function filesOf(page) {
  const wanted = [...readFileSync(`${dist}/${page}/index.html`, "utf8").matchAll(/(?:src|href)="(\/assets\/[^"]+)"/gu)].map(([, path]) => path);
  for (const path of wanted) {
    if (!path.endsWith(".js")) continue;
    for (const [, name] of readFileSync(dist + path, "utf8").matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+)["'`]/gu)) {
      if (!wanted.includes(`/assets/${name}`)) wanted.push(`/assets/${name}`);
    }
  }
  return wanted;
}

for (const [page, budget] of Object.entries(BUDGETS)) {
  const sizes = filesOf(page).map((path) => ({ path, bytes: gzipSync(readFileSync(dist + path), { level: 9 }).length }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes } of sizes) console.log(`  ${String(bytes).padStart(7)}  ${path}`);
  console.log(`${page}: ${total} bytes gzip, budget ${budget}\n`);
  if (total > budget) process.exitCode = 1;
}

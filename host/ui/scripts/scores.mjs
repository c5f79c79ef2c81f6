// Lighthouse on the onboarding page, as the real host serves it to a merchant with a link; ends with an error below the goal.
import { chromium } from "playwright-core";
import lighthouse from "lighthouse";
import { startHost } from "../test/real/host.mjs";

const GOAL = 95;
const PORT = 9333;

const host = await startHost({ back: "http://127.0.0.1:9/return" });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", `--remote-debugging-port=${PORT}`],
});
try {
  const { lhr } = await lighthouse(host.address + (await host.link()), { port: PORT, logLevel: "error" });
  for (const { title, score, auditRefs } of Object.values(lhr.categories)) {
    const points = Math.round(score * 100);
    console.log(`${String(points).padStart(3)}  ${title}`);
    if (points >= GOAL) continue;
    process.exitCode = 1;
    const short = auditRefs.map(({ id }) => lhr.audits[id]).filter((audit) => audit.score !== null && audit.score < 0.9);
    for (const audit of short) console.log(`       ${audit.id}: ${audit.title} ${audit.displayValue ?? ""}`);
  }
} finally {
  await browser.close();
  await host.end();
}

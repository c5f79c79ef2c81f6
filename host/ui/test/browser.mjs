// A browser against a host, the mock unless a test brings another. Every page is watched: a CSP violation, an uncaught error
// or a refused style fails its test.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { chromium } from "playwright-core";
import { startMock } from "../mock/server.mjs";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Starts mock and browser around a file's tests. */
export function withBrowser(options = {}) {
  const stage = withHost(() => startMock({ dist: process.env.DIST, ...options }));
  let count = 0;
  const { walk } = stage;
  // Each walk has a session of its own: what follows the tilde tells them apart.
  stage.walk = (path, steps, context) => walk(`${path}${path.includes("#") ? `~${(count += 1)}` : ""}`, steps, context);
  return stage;
}

/** Starts a host, by `start`, and a browser around a file's tests. */
export function withHost(start) {
  const stage = {};
  before(async () => {
    stage.mock = await start();
    stage.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  });
  after(async () => {
    await stage.browser?.close();
    await stage.mock?.close();
  });
  /** Opens a page for one walk, runs it, and asks whether anything was violated; a `faulty` walk must run into a fault. */
  stage.walk = async (path, steps, { faulty = false, ...context } = {}) => {
    const opened = await stage.browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", reducedMotion: "reduce", ...context });
    const page = await opened.newPage();
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of (401|404|409|410|422|429|500|503)|ERR_INCOMPLETE|ERR_EMPTY/u.test(message.text())) wrong.push(`console: ${message.text()}`);
    });
    await page.exposeFunction("tellViolation", (text) => wrong.push(text));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        window.tellViolation(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    await page.addInitScript({ path: axePath });
    page.on("response", (response) => stage.onAnswer?.(response));
    page.setDefaultTimeout(8000);
    await page.goto(stage.mock.address + path);
    try {
      await steps(page);
      if (faulty) assert.ok(wrong.splice(0).every((text) => text.startsWith("console: TypeError")), "the page reports its fault");
      assert.deepEqual(wrong, [], "the page violates its policy or fails");
    } finally {
      await opened.close();
    }
  };
  return stage;
}

const SCREENS = { desktop: { width: 1280, height: 900 }, phone: { width: 320, height: 640 } };

/** axe-core in light and dark, on a desktop and a phone: no violation, and nothing is wider than the screen. */
export async function audit(page, state, { fullPage = true } = {}) {
  const before = page.viewportSize();
  for (const [screen, size] of Object.entries(SCREENS)) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const found = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }), RULES);
      const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 120)} ${any[0]?.message ?? ""}`).join(" | ")}`);
      assert.deepEqual(told, [], `axe, ${state}, ${colorScheme}, ${screen}`);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${state.replaceAll(/\W+/gu, "-")}-${screen}-${colorScheme}.png`, fullPage });
    }
    const width = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(width[0] <= width[1], `${state}: the page is ${width[0]} px wide in a window of ${width[1]}`);
  }
  await page.setViewportSize(before);
}

/** The id of what has the focus. */
export const focused = (page) => page.evaluate(() => document.activeElement?.id);

// The API reference: it renders the document that is exported, asks for nothing else, and breaks no rule.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { audit, withBrowser } from "./browser.mjs";

const stage = withBrowser();
const document = JSON.parse(readFileSync(new URL("../../../schemas/openapi.json", import.meta.url), "utf8"));

test("every operation and schema of the document is shown", () =>
  stage.walk("/docs/", async (page) => {
    await page.getByRole("heading", { name: "Connector host" }).waitFor();
    for (const methods of Object.values(document.paths)) {
      for (const { operationId, summary } of Object.values(methods)) {
        assert.equal(await page.locator(`#${operationId}`).textContent(), summary);
      }
    }
    assert.equal(await page.locator("#schema-Problem").count(), 1);
    const order = page.getByRole("article", { name: "Submit an order", exact: true });
    assert.match(await order.getByRole("region", { name: "Example" }).textContent(), /CH-1001/u);
    await order.locator("details").evaluateAll((all) => all.forEach((one) => (one.open = true)));
    assert.ok(await order.getByText("idempotency_key_reused").first().isVisible());
    // The page is too long for a picture of all of it.
    await audit(page, "API reference", { fullPage: false });
  }));

test("links of the list and of types lead to their places", () =>
  stage.walk("/docs/", async (page) => {
    await page.getByRole("navigation", { name: "Operations" }).getByRole("link", { name: "Get an offer", exact: true }).click();
    assert.ok(page.url().endsWith("#getOffer"));
    await page.getByRole("article", { name: "Get an offer", exact: true }).getByRole("link", { name: "OfferDetail" }).click();
    assert.ok(page.url().endsWith("#schema-OfferDetail"));
  }));

test("a host that does not answer is named", () =>
  stage.walk("/docs/", async (page) => {
    await page.route("**/openapi.json", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: '{"code":"overloaded","detail":"the host has too much to do"}' }));
    await page.reload();
    await page.getByRole("alert").or(page.getByText("too much to do")).first().waitFor();
  }));

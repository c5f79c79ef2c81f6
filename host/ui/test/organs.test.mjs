// The dashboard's pages of orders, webhooks and carts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withBrowser } from "./browser.mjs";

const stage = withBrowser();
const last = (call) => stage.mock.asked.findLast((one) => one.call === call);

async function open(page, name) {
  await page.getByLabel("Token").fill("operator");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Acme Retail" }).click();
  await page.getByRole("navigation", { name: "Connection" }).getByRole("link", { name }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

test("orders: how far each is, its timeline, and what only a person can decide", () =>
  stage.walk("/dashboard/", async (page) => {
    await open(page, "Orders");
    assert.match(await page.getByRole("row", { name: /1042/u }).innerText(), /accepted\s+Differs from agreed\s+partially shipped\s+paid\s+SEK\s?2,097\.00/u);
    await page.getByText("Was it done? “submit order” for NM-78").waitFor();
    await page.getByLabel("The store’s id of the order").fill("4713");
    await page.getByRole("button", { name: "It was done" }).click();
    await page.getByText("Was it done?").waitFor({ state: "detached" });
    assert.deepEqual(last("POST /v1/connections/conn_1/order-intents/intent_2/resolve").body, { decision: "done", order_ids: ["4713"] });
    await page.getByRole("link", { name: "1042" }).click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    assert.deepEqual(await page.getByRole("listitem").locator("p:first-child").allInnerTexts(), ["placed", "shipped"]);
  }));

test("an order whose key is destroyed says so", () =>
  stage.walk("/dashboard/", async (page) => {
    await open(page, "Orders");
    await page.getByRole("link", { name: "1043" }).click();
    await page.getByText("the key that opens them is destroyed").waitFor();
  }));

test("webhooks: silence, refusals with their cause, drift, one delivery without what is about people, read again", () =>
  stage.walk("/dashboard/", async (page) => {
    await open(page, "Webhooks");
    await page.getByText("Webhooks are silent").waitFor();
    await page.getByText("The endpoint secret in the store is another than the one given here.").waitFor();
    await page.getByText("6, 2 of them without a webhook").waitFor();
    await page.getByRole("button", { name: /Refetch ?: offers 88/u }).click();
    await page.getByRole("heading", { name: "Failed permanently" }).waitFor({ state: "detached" });
    assert.deepEqual(last("POST /v1/connections/conn_1/webhooks/replay").body, { entity: { stream: "offers", id: "88" } });
    await page.getByRole("link", { name: "12", exact: true }).click();
    await page.getByText("orders 4711: done").waitFor();
    assert.match(await page.getByLabel("Body").innerText(), /\[personal data\]/u);
    await page.getByRole("button", { name: "Replay" }).click();
    await page.getByText("It will be replayed.").waitFor();
    assert.deepEqual(last("POST /v1/connections/conn_1/webhooks/replay").body, { from: 12, to: 12 });
  }));

test("a cart: both prices side by side, where they differ, and a mistake named", () =>
  stage.walk("/dashboard/", async (page) => {
    await open(page, "Cart");
    await page.getByLabel("SKUs").fill("NOSUCH");
    await page.getByRole("button", { name: "Compare prices" }).click();
    await page.getByText("/lines/0/sku: no variant has this SKU").waitFor();
    await page.getByLabel("SKUs").fill("P1001MOSM 2\n");
    await page.getByRole("button", { name: "Compare prices" }).click();
    await page.getByRole("region", { name: "Synced data" }).waitFor();
    assert.deepEqual(last("POST /v1/connections/conn_1/quotes").body, { currency: "SEK", lines: [{ sku: "P1001MOSM", quantity: 2 }], ship_to: { country: "SE" } });
    assert.match(await page.getByRole("row", { name: /^shipping /u }).innerText(), /SEK\s?49\.00\s+SEK\s?59\.00/u);
  }));

// A round through the operator's dashboard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withBrowser } from "./browser.mjs";

const stage = withBrowser();

async function signIn(page) {
  await page.getByLabel("Token").fill("operator");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Acme Retail" }).waitFor();
}

const last = (call) => stage.mock.asked.findLast((one) => one.call === call);

test("signing in: a wrong token is refused, a right one opens the list, signing out closes it", () =>
  stage.walk("/dashboard/", async (page) => {
    await page.getByLabel("Token").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("This key is not known.").waitFor();
    await signIn(page);
    const row = page.getByRole("row", { name: /Nordic Shoes/u });
    assert.match(await row.innerText(), /Must be renewed[\s\S]*refuses the Integration API token[\s\S]*Send the merchant a link[\s\S]*in 10 days, assumed/u);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  }));

test("a connection: capabilities, progress, permissions, and what can be done", () =>
  stage.walk("/dashboard/", async (page) => {
    await signIn(page);
    await page.getByRole("link", { name: "Acme Retail" }).click();
    await page.getByRole("progressbar", { name: "offers: running, 80 of 200" }).waitFor();
    await page.getByRole("heading", { name: "Capabilities" }).waitFor();
    assert.match(await page.locator(".permission-line", { hasText: "Translation:read" }).innerText(), /missing/u);
    await page.getByRole("button", { name: "Check now" }).click();
    await page.getByText("The connection was checked: it works.").waitFor();
    await page.getByRole("button", { name: "Full sync" }).click();
    await page.getByText("A full sync is queued.").waitFor();
    assert.deepEqual(last("POST /v1/connections/conn_1/sync").body, { full: true });
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await page.getByRole("button", { name: "Sync now" }).click();
    await page.getByRole("alert").getByText("cannot be synced").waitFor();
    await page.getByRole("button", { name: "Link to renew" }).click();
    await page.getByText("https://connect.example/connect/#tok_mock").waitFor();
  }));

test("disconnecting asks for a reason", () =>
  stage.walk("/dashboard/", async (page) => {
    await signIn(page);
    await page.getByRole("link", { name: "Fjord Knit" }).click();
    await page.getByRole("button", { name: "Disconnect…" }).click();
    await page.getByRole("button", { name: "Disconnect", exact: true }).click();
    assert.equal(last("DELETE /v1/connections/conn_3"), undefined, "not without a reason");
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download its catalog first" }).click();
    assert.equal((await download).suggestedFilename(), "conn_3.jsonl");
    await page.getByLabel("Reason").fill("The merchant left.");
    await page.getByRole("button", { name: "Disconnect", exact: true }).click();
    await page.getByText("Disconnected", { exact: true }).waitFor();
    assert.deepEqual(last("DELETE /v1/connections/conn_3").body, { reason: "The merchant left." });
  }));

test("the catalog has pictures, can be searched, and shows prices", () =>
  stage.walk("/dashboard/", async (page) => {
    await signIn(page);
    await page.getByRole("link", { name: "Acme Retail" }).click();
    await page.getByRole("link", { name: "Catalog", exact: true }).click();
    await page.locator("img.picture").nth(2).waitFor();
    await page.getByText("Not sold through channels: flexible bundle").waitFor();
    await page.getByRole("searchbox").fill("dress");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("link", { name: "Ragnar chinos" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Alva linen dress" }).click();
    const row = page.getByRole("row", { name: /Moss \/ S/u });
    assert.match(await row.innerText(), /SEK\s?1,049\.30\s+SEK\s?1,499\.00\s+lowest in 30 days SEK\s?974\.35/u);
    assert.match(await row.locator("s").innerText(), /1,499\.00/u, "what it was before the reduction is struck through");
  }));

test("plugins: in use and refused", () =>
  stage.walk("/dashboard/", async (page) => {
    await signIn(page);
    await page.getByRole("link", { name: "Plugins" }).click();
    await page.getByRole("region", { name: "Template shop" }).waitFor();
    await page.getByText("Build it again with connector-api 1.x.").waitFor();
  }));

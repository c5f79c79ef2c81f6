// What an operator is shown when something went wrong, and what can be decided: held deletions, failed syncs, plugins that
// misbehave, connectors that are not loaded, orders that are not as agreed, and texts of somebody who means harm.
import assert from "node:assert/strict";
import { test } from "node:test";
import { audit, withBrowser } from "./browser.mjs";

const stage = withBrowser();
const all = (call) => stage.mock.asked.filter((one) => one.call === call);
const ACCEPT = "POST /v1/connections/conn_1/held-deletions/accept";

/** A page of the dashboard, signed in. */
const at = (place, steps, token = "operator") =>
  stage.walk("/dashboard/", async (page) => {
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Plugins" }).waitFor();
    await page.evaluate((hash) => (location.hash = hash), `#/${place}`);
    await steps(page);
  });

const held = (page) => page.getByRole("region", { name: "Held deletions", exact: true });
const order = (page) => page.getByRole("group", { name: "Differs from what was agreed: NM-79", exact: true });

test("held deletions: how many, since when, why, and nothing is deleted before it is confirmed", () =>
  at("connections/conn_1", async (page) => {
    const row = held(page).getByRole("row", { name: /^offers/u });
    assert.match(await row.innerText(), /200 rows\s+since .* \(1 day ago\)\s+Fewer records were returned than the platform's total\.\s+More than sync\.max_delete_percent/u);
    await row.getByText("Some of them").click();
    await row.getByText("P-2210").waitFor();
    await row.getByRole("button", { name: "Accept deletions… of offers" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete 200 rows?" });
    assert.match(await dialog.innerText(), /200 rows of offers are deleted at once, without waiting for another sync/u);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assert.equal(all(ACCEPT).length, 0);
    await row.getByRole("button", { name: "Accept deletions…" }).click();
    await dialog.getByRole("button", { name: "Delete 200 rows" }).click();
    await page.getByText("Deleted: 200 rows of offers.").waitFor();
    await row.waitFor({ state: "detached" });
    assert.deepEqual(all(ACCEPT)[0].body, { streams: ["offers"] });
    await held(page).getByText("1 row held").waitFor();
    assert.equal(await page.getByRole("button", { name: "Accept all deletions…" }).count(), 0);
    await held(page).getByRole("button", { name: "Accept deletions… of prices" }).click();
    assert.match(await page.getByRole("dialog", { name: "Delete 1 row?" }).innerText(), /1 row of prices is deleted at once/u);
    await page.getByRole("button", { name: "Delete 1 row" }).click();
    await held(page).waitFor({ state: "detached" });
  }));

test("a refused acceptance is shown, and what is held stays on the page", () =>
  at("connections/conn_3", async (page) => {
    await page.getByRole("button", { name: "Accept all deletions…" }).click();
    assert.match(await page.getByRole("dialog").innerText(), /200 rows of offers and 1 row of prices are deleted at once/u);
    await page.getByRole("button", { name: "Delete 201 rows" }).click();
    await page.getByRole("alert").getByText("connection conn_3 is being synced: its deletions cannot be accepted").waitFor();
    await held(page).getByText("201 rows held").waitFor();
    assert.deepEqual(all("POST /v1/connections/conn_3/held-deletions/accept")[0].body, { streams: ["offers", "prices"] });
  }));

test("a partial sync says what it skipped, left out, held and why; a failed one its error and its end", () =>
  at("connections/conn_4", async (page) => {
    const runs = page.getByRole("region", { name: "Syncs" });
    const failed = runs.getByRole("listitem").filter({ hasText: "failed · manual" });
    await failed.getByText("failed · manual").click();
    assert.match(await failed.innerText(), /Ended .*, after 72 seconds\. It resumed a deferred sync\./u);
    assert.match(await failed.innerText(), /Why it failed\s+Something between this host and Centra answered, not Centra \(403 text\/html\).* blocked/u);
    assert.match(await failed.innerText(), /offers\s+not finished[\s\S]*prices\s+not read/u);
    const partial = runs.getByRole("listitem").filter({ hasText: "partial · schedule" });
    assert.match(await partial.getByText("partial · schedule").innerText(), /200 held · 3 skipped/u);
    await partial.getByText("partial · schedule").click();
    const text = await partial.innerText();
    assert.match(text, /offers: 3 records could not be read and were skipped; the deletion of 200 rows is held\./u);
    assert.match(text, /2 records left out on purpose: Shipping that is priced by a formula cannot be told before checkout\. formula_shipping/u);
    assert.match(text, /Too large a share of the rows would be deleted at once\./u);
    assert.match(text, /Product 4417 cannot be read/u);
    assert.match(text, /prices: it failed \(limit reached\)\.[\s\S]*sync\.max_stream_records/u);
  }));

test("health: failing with since and cause, the last good sync on the list and the page, a check that could not be asked", () =>
  at("connections", async (page) => {
    const row = page.getByRole("row", { name: /Lumen Lights/u });
    assert.match(await row.innerText(), /Failing\s+since [\s\S]*Something between this host and Centra answered[\s\S]*1 day ago\s+7 syncs failed since/u);
    assert.match(await page.getByRole("row", { name: /Acme Retail/u }).innerText(), /12 minutes ago/u);
    await page.getByRole("link", { name: "Lumen Lights" }).click();
    await page.getByText(/^Failing since .* \(5 hours ago\), by sync$/u).waitFor();
    await page.getByText(/^Last good sync: .* \(1 day ago\)$/u).waitFor();
    await page.getByText("The last 7 syncs failed").waitFor();
    await page.getByRole("button", { name: "Check now" }).click();
    await page.getByText("The platform could not be reached: the connection is unchanged; check again later.").waitFor();
  }));

test("plugins: faults by kind with count, message and time; what is held back, with its reason and release", () =>
  at("plugins", async (page) => {
    const faults = page.getByRole("region", { name: "Centra" });
    await faults.getByText("11 faults").waitFor();
    const refused = faults.getByRole("listitem").filter({ hasText: "Page of records refused" });
    assert.match(await refused.innerText(), /3 times\s+a page of `offers` was refused: record 7 has no `id`\s+Last .* \(6 minutes ago\)/u);
    for (const kind of ["Panicked in a call", "Panicked while cleaning up", "Missed a deadline", "Call could not be stopped"]) await faults.getByText(kind).waitFor();
    const template = page.getByRole("region", { name: "Template shop" });
    await template.getByText("Held back", { exact: true }).waitFor();
    assert.match(await template.innerText(), /Held back until it is released\s+Since .* the host has ended again and again while it was at work for a sync\.[\s\S]*connector-host plugin release template/u);
    await page.getByRole("link", { name: "Connections" }).click();
    await page.getByRole("row", { name: /Meadow Garden/u }).getByText("Plugin held back").waitFor();
    await page.getByRole("link", { name: "Meadow Garden" }).click();
    await page.getByText("The plugin of template is held back").waitFor();
  }));

test("a connector that is not loaded is named on the plugins, on its connections and in their list", () =>
  at("plugins", async (page) => {
    await page.getByRole("heading", { name: "Not loaded" }).waitFor();
    assert.match(await page.getByRole("main").innerText(), /shopline\s+1 connection needs this connector/u);
    await page.getByRole("link", { name: "Connections" }).click();
    await page.getByRole("row", { name: /Harbour Books/u }).getByText("Connector not loaded").waitFor();
    assert.equal(await page.getByText("Connector not loaded").count(), 1);
    await page.getByRole("link", { name: "Harbour Books" }).click();
    await page.getByText("Connector shopline is not loaded").waitFor();
    await page.getByRole("button", { name: "Check now" }).click();
    await page.getByRole("alert").getByText("no loaded plugin has the connector shopline").waitFor();
  }));

test("a host that is not ready says why on every page", () =>
  at("events", async (page) => {
    await page.getByText("The host is not ready").waitFor();
    await page.getByText("No worker lives for: sync;").waitFor();
  }, "failing"));

test("what the host warns of stands on every page, and is gone with its cause", () =>
  at("plugins", async (page) => {
    const ready = (warnings) => page.route("**/readyz", (route) => route.fulfill({ json: { status: "degraded", warnings } }));
    await ready(["syncs are deferred: the disk of the data folder has 12 MiB free and storage.min_free_bytes keeps 512 MiB; make room, or lower the setting"]);
    await page.getByRole("link", { name: "Events" }).click();
    await page.getByText("Syncs are deferred: the disk of the data folder has 12 MiB free").waitFor();
    await audit(page, "dashboard host warns");
    await ready([]);
    await page.getByRole("link", { name: "Connections" }).click();
    await page.getByText("Syncs are deferred").waitFor({ state: "detached" });
  }));

test("an order that is not as agreed: each value beside the other, and accepted with a note that names nobody", () =>
  at("connections/conn_1/orders", async (page) => {
    const values = (name) => order(page).getByRole("row", { name }).getByRole("cell").allInnerTexts().then((texts) => texts.map((text) => text.replaceAll("\u00a0", " ")));
    await order(page).getByText("Needs manual resolution").waitFor();
    assert.deepEqual(await values(/^currency/u), ["SEK", "JPY"]);
    assert.deepEqual(await values(/^line P1001_MOS, quantity/u), ["2", "1"]);
    assert.deepEqual(await values(/^shipping price/u), ["SEK 49.00", "not shown"]);
    assert.deepEqual(await values(/^total/u), ["SEK 37.90", "JP¥4,510"]);
    const decided = "POST /v1/connections/conn_1/order-intents/intent_3/resolve";
    await order(page).getByRole("button", { name: "Accept the difference" }).click();
    assert.equal(all(decided).length, 0, "not without a note");
    await order(page).getByLabel("Reason for accepting").fill("ada@example.com agreed");
    await order(page).getByRole("button", { name: "Accept the difference" }).click();
    await order(page).getByText("note: must not contain e-mail addresses: it is stored permanently").waitFor();
    await page.getByRole("row", { name: /1042/u }).getByText("Differs from agreed").waitFor();
    await order(page).getByLabel("Reason for accepting").fill("The merchant called: right as it is.");
    await order(page).getByRole("button", { name: "Accept the difference" }).click();
    await order(page).waitFor({ state: "detached" });
    assert.deepEqual(all(decided).at(-1).body, { decision: "accept_difference", note: "The merchant called: right as it is." });
    await page.getByText("Differs from agreed").waitFor({ state: "detached" });
    await page.getByText("Was it done?").waitFor();
    await page.getByRole("link", { name: "1042" }).click();
    await page.getByText(/^Accepted .* · The merchant called: right as it is\.$/u).waitFor();
    assert.equal(await page.getByText("Needs manual resolution").count(), 0);
  }));

test("texts of somebody who means harm are shown, and do nothing", async () => {
  const one = "connections/conn_3";
  for (const [place, ready] of [
    ["connections", "table"], [one, "#held"], [`${one}/orders`, ".differs"], [`${one}/orders/4711`, ".differs"], [`${one}/webhooks`, "table"], [`${one}/catalog`, ".offers li"],
    ["plugins", ".chips li"], ["connections/conn_9", "[role=alert]"],
  ]) {
    await at(place, async (page) => {
      await page.locator(ready).first().waitFor();
      await page.locator("details").evaluateAll((folds) => folds.forEach((fold) => (fold.open = true)));
      const main = page.getByRole("main");
      await main.getByText('<img src=x onerror="window.hacked=1">').first().waitFor();
      const text = await main.innerText();
      assert.match(text, /\{\{7\*7\}\}\\u\{202e\}gnp\.exe\\u\{7\}\\u\{1b\}\[31m\\u\{200b\}/u, place);
      assert.doesNotMatch(text, /[\u0007\u001b\u200b\u202e]/u, place);
      assert.equal(await page.locator("img[onerror]").count(), 0, place);
      assert.equal(await page.evaluate(() => window.hacked), undefined, place);
      assert.equal(await page.getByText("This page has stopped working").count(), 0, place);
    }, "hostile");
  }
});

test("what needs manual resolution and cannot be read is no silence", () =>
  at("connections/conn_1/orders", async (page) => {
    await page.route("**/order-intents?*", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ status: 503, code: "database_busy", detail: "busy", request_id: "req_02" }) }));
    await page.reload();
    await page.getByRole("table").waitFor();
    await page.getByRole("alert").getByText("req_02").waitFor();
  }));

test("a proxy's page instead of an answer is shown as a failure", () =>
  at("connections", async (page) => {
    await page.route("**/v1/connections/conn_1", (route) => route.fulfill({ status: 200, contentType: "text/html", body: "<html>Checking your browser</html>" }));
    await page.getByRole("link", { name: "Acme Retail" }).click();
    await page.getByRole("alert").waitFor();
    assert.equal(await page.getByText("This page has stopped working").count(), 0);
  }));

// Merchants in front of the real host: the built page, the real Centra plugin, a simulated store.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { audit, focused, withHost } from "../browser.mjs";
import { alert, field, submit, unfold } from "../credentials_form.mjs";
import { ACCESS_WORD, control, startHost, startReceiver, startShop, startStore, STATE } from "./host.mjs";

const TOKEN = "real-walk-token-7f3a9b2c51";
const RENEWED_TOKEN = "real-walk-token-renewed-4c8e";
const CHECKOUT_SECRET = "real-walk-checkout-9d01ab";
const STOREFRONT_SECRET = "real-walk-storefront-77aa0c";
const WEBHOOK_SECRET = "real-walk-webhook-5e8d20";
const SECRETS = [TOKEN, RENEWED_TOKEN, CHECKOUT_SECRET, STOREFRONT_SECRET, WEBHOOK_SECRET, ACCESS_WORD, "bad-token-0123456789"];

const secrets = ["--checkout-secret", CHECKOUT_SECRET, "--storefront-secret", STOREFRONT_SECRET];
const stores = {};
const leaked = [];
let brief;

const stage = withHost(async () => {
  stores.main = await startStore("--token", TOKEN, ...secrets);
  stores.noOrders = await startStore("--token", TOKEN, "--permissions", "-Order:read");
  stores.other = await startStore("--token", TOKEN);
  stores.shop = await startShop();
  stores.receiver = await startReceiver();
  const back = `${stores.main.address}/_sim/channel`;
  // A host whose links hold for the shortest time there is: the last test needs one that has expired.
  brief = await startHost({ back, env: { CONNECTOR__SERVER__SESSION_MINUTES: "1" } });
  brief.made = await brief.session({});
  const host = await startHost({ back });
  return { ...host, close: () => Promise.all([host, brief, ...Object.values(stores)].map((one) => one.end())) };
});

before(() => {
  // A secret goes from the browser to the host, and never comes back.
  stage.onAnswer = async (answer) => {
    const text = await answer.text().catch(() => "");
    for (const secret of SECRETS) if (text.includes(secret)) leaked.push(`${secret} in ${answer.url()}`);
  };
});

after(() => assert.deepEqual(leaked, []));

const continueOn = (page) => page.getByRole("button", { name: "Continue" }).click();
const confirmBy = (page, name) => page.getByRole("button", { name }).click();

async function fill(page, { store = stores.main, token = TOKEN, checkout }) {
  await field(page, "store_url").fill(store.address);
  await field(page, "integration_api_token").fill(token);
  if (checkout === undefined) return;
  await unfold(page, "Checkout API Shared Secret");
  await field(page, "checkout_api_shared_secret").fill(checkout);
}

/** The channel's own page, reached with an outcome; gives the parameters. */
async function backAtChannel(page) {
  await page.waitForURL(/\/_sim\/channel\?/u);
  const { origin, searchParams, hash } = new URL(page.url());
  assert.equal(origin, stores.main.address);
  assert.equal(hash, "", "the link's token does not travel");
  assert.equal(searchParams.get("state"), STATE);
  return searchParams;
}

/** No text of the page and no markup shows a secret; fields hold them, and only as long as the form is there. */
async function showsNoSecret(page) {
  const shown = await page.evaluate(() => document.body.innerText + document.documentElement.outerHTML);
  for (const secret of SECRETS) assert.ok(!shown.includes(secret), `the page shows ${secret}`);
}

async function connected(wanted = {}) {
  const link = await stage.mock.link(wanted);
  const given = { credentials: { store_url: stores.main.address, integration_api_token: TOKEN, checkout_api_shared_secret: CHECKOUT_SECRET }, settings: {} };
  await stage.mock.asPage(link, "POST", "check", given).catch((error) => assert.match(error.message, /JSON/u));
  const { redirect_url } = await stage.mock.asPage(link, "POST", "confirm", { settings: {}, replace: true });
  return new URL(redirect_url).searchParams.get("connection_id");
}

test("an empty submit names every field and sends nothing", async () =>
  stage.walk(await stage.mock.link(), async (page) => {
    await field(page, "store_url").waitFor();
    await audit(page, "real: form");
    await submit(page);
    const lines = await alert(page).getByRole("button").allInnerTexts();
    assert.deepEqual(lines, ["Store URL: Fill in this field.", "Integration API Token: Fill in this field."]);
    await audit(page, "real: empty submit");
  }));

test("an address without encryption is refused, with what to do", async () =>
  stage.walk(await stage.mock.link(), async (page) => {
    await field(page, "store_url").fill("http://yourbrand.centra.com");
    await field(page, "integration_api_token").fill(TOKEN);
    await submit(page);
    await alert(page).getByText("begin it with https://").click();
    assert.equal(await focused(page), "credentials_store_url");
  }));

const REFUSALS = [
  ["a bad token", { token: "bad-token-0123456789" }, "integration_api_token", /refuses the Integration API token/u],
  ["a missing permission", { store: "noOrders" }, "integration_api_token", /Order:read/u],
  ["a wrong shared secret", { checkout: "no-such-secret" }, "checkout_api_shared_secret", /refuses the secret/u],
  ["the Storefront API's secret", { checkout: STOREFRONT_SECRET }, "checkout_api_shared_secret", /refuses the secret/u],
];

for (const [state, { store, ...given }, name, said] of REFUSALS) {
  test(`${state}: refused at its field, with what to do, and the right value works in its place`, async () =>
    stage.walk(await stage.mock.link(), async (page) => {
      await fill(page, { store: stores[store], ...given });
      await submit(page);
      await alert(page).waitFor();
      assert.match(await alert(page).innerText(), said);
      assert.ok((await page.locator(".check-fix").first().innerText()).length > 20, "what to do");
      await audit(page, `real: ${state}`);
      await showsNoSecret(page);
      await alert(page).getByRole("button").first().click();
      assert.equal(await focused(page), `credentials_${name}`);
      assert.equal(await field(page, name).getAttribute("aria-invalid"), "true");
      if (given.checkout) await field(page, name).fill(CHECKOUT_SECRET);
      await fill(page, { store: stores.main });
      await submit(page);
      await page.getByRole("button", { name: "Continue" }).waitFor();
    }));
}

test("a mask in place of a secret is refused at its field", async () =>
  stage.walk(await stage.mock.link(), async (page) => {
    await fill(page, { token: "••••••••••••" });
    await submit(page);
    await alert(page).getByText("This is only a placeholder.").first().click();
    assert.equal(await focused(page), "credentials_integration_api_token");
    await audit(page, "real: a mask refused");
    await fill(page, {});
    await submit(page);
    await page.getByRole("button", { name: "Continue" }).waitFor();
  }));

test("good credentials, choices, and back to the channel with its state unchanged and a result it can redeem", async () =>
  stage.walk(await stage.mock.link({ merchant_id: "m-7", environment: "test" }), async (page) => {
    await page.getByText("Test mode").waitFor();
    await fill(page, { checkout: CHECKOUT_SECRET });
    await submit(page);
    await page.getByRole("button", { name: "Continue" }).waitFor();
    await audit(page, "real: checks passed");
    await continueOn(page);
    await page.getByRole("heading", { level: 1, name: /read\?$/u }).waitFor();
    await audit(page, "real: choices");
    await showsNoSecret(page);
    // The page goes back by itself after three seconds: when this walk says so.
    await page.clock.install();
    await confirmBy(page, "Confirm and connect");
    await page.getByRole("heading", { name: "Centra is connected" }).waitFor();
    await audit(page, "real: done");
    await page.clock.runFor(10_000);
    const outcome = await backAtChannel(page);
    assert.equal(outcome.get("status"), "connected");
    const redeemed = await stage.mock.redeem(outcome.get("result_token"));
    assert.deepEqual([redeemed.connection_id, redeemed.state, redeemed.merchant_id], [outcome.get("connection_id"), STATE, "m-7"]);
    await assert.rejects(stage.mock.redeem(outcome.get("result_token")), /result_refused/u, "once");
  }));

test("while the panel waits, the store's first signed webhook arrives, and the panel says so", async () =>
  stage.walk(await stage.mock.link(), async (page) => {
    await fill(page, { store: stores.other });
    await unfold(page, "Webhook Endpoint Secret");
    await field(page, "webhook_endpoint_secret").fill(WEBHOOK_SECRET);
    const url = await page.locator(".webhook-url code").first().innerText();
    assert.ok(url.startsWith(`${stage.mock.address}/webhooks/conn_`), url);
    await submit(page);
    await continueOn(page);
    await page.getByRole("heading", { name: "Waiting for the first event" }).waitFor();
    await audit(page, "real: waiting for the first event");
    const asked = () => page.waitForResponse((answer) => answer.url().endsWith("/connect/v1/webhook"));
    // A stranger's delivery is none; the store's own is.
    for (const [secret, received] of [["a-stranger's-secret-77", false], [WEBHOOK_SECRET, true]]) {
      await control(stores.other, "webhooks", [{ url, secret, retries: 0 }]);
      await control(stores.other, "touch", { display: 1 });
      await control(stores.other, "webhooks/drain");
      assert.equal((await (await asked()).json()).received, received);
    }
    await page.getByRole("heading", { name: "The first event has arrived" }).waitFor();
    await audit(page, "real: the first event");
    await showsNoSecret(page);
    await confirmBy(page, "Confirm and connect");
    await backAtChannel(page);
  }));

test("the same store again is offered as an update, and keeps the optional secret that is not given again", async () => {
  const first = await connected();
  await stage.walk(await stage.mock.link(), async (page) => {
    await fill(page, {});
    await submit(page);
    await continueOn(page);
    await page.getByText("This store is already connected").waitFor();
    await audit(page, "real: duplicate");
    await confirmBy(page, "Update the existing connection");
    assert.equal((await backAtChannel(page)).get("connection_id"), first);
  });
  const { credentials } = await stage.mock.call("GET", `/v1/connections/${first}`);
  assert.equal(credentials.find(({ field: name }) => name === "checkout_api_shared_secret").set, true);
});

test("half a form comes back: everything but secrets, and the page says so; after the checks as well", async () => {
  const link = await stage.mock.link();
  await stage.walk(link, async (page) => {
    const saved = page.waitForResponse((answer) => answer.url().endsWith("/draft"));
    await fill(page, {});
    await saved;
  });
  await stage.walk(link, async (page) => {
    await page.getByText("Welcome back").waitFor();
    assert.equal(await field(page, "store_url").inputValue(), stores.main.address);
    assert.equal(await field(page, "integration_api_token").inputValue(), "");
    await audit(page, "real: resumed");
    await field(page, "integration_api_token").fill(TOKEN);
    await submit(page);
    await page.getByRole("button", { name: "Continue" }).waitFor();
    await page.reload();
    await page.getByText("Your credentials passed the checks").waitFor();
    assert.equal(await field(page, "store_url").inputValue(), stores.main.address);
    await audit(page, "real: reloaded after the checks");
  });
});

test("cancelling returns with its own status, and the link is used up", async () => {
  const link = await stage.mock.link();
  await stage.walk(link, async (page) => {
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel and return" }).click();
    assert.equal((await backAtChannel(page)).get("status"), "cancelled");
  });
  await stage.walk(link, async (page) => {
    await page.getByRole("heading", { name: "This link was already used" }).waitFor();
    await audit(page, "real: used link");
  });
});

test("another platform's form walks the same way", async () =>
  stage.walk(await stage.mock.link({ connector: "template" }), async (page) => {
    await field(page, "shop_url").fill(stores.shop.url);
    await field(page, "access_word").fill("wrong-word-0815");
    await submit(page);
    await alert(page).waitFor();
    await audit(page, "real: template refused");
    await alert(page).getByRole("button").first().click();
    await field(page, "access_word").fill(ACCESS_WORD);
    await submit(page);
    await continueOn(page);
    await confirmBy(page, "Confirm and connect");
    assert.match((await backAtChannel(page)).get("status"), /^(connected|degraded)$/u);
  }));

test("an expired token is renewed from the operator's link; another store is refused", async () => {
  const id = await connected();
  await control(stores.main, "token", { token: RENEWED_TOKEN });
  await stage.walk("/dashboard/", async (page) => {
    await page.getByLabel("Token").fill(stage.mock.operator);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator(`a[href="#/connections/${id}"]`).click();
    await page.getByRole("button", { name: "Check now" }).click();
    await page.getByText("Must be renewed").first().waitFor();
    await audit(page, "real: dashboard, must be renewed");
    await page.getByRole("button", { name: "Link to renew" }).click();
    const { pathname, search, hash } = new URL(await page.locator(".notice code", { hasText: "/connect/" }).innerText());
    const link = pathname + search + hash;

    await stage.mock.asPage(link, "PUT", "draft", { credentials: { store_url: stores.other.address }, settings: {} });
    await page.goto(stage.mock.address + link);
    await field(page, "integration_api_token").fill(TOKEN);
    await submit(page);
    await page.getByText(/another store|other store|belong to/u).first().waitFor();
    await audit(page, "real: another store");
    await showsNoSecret(page);

    await stage.mock.asPage(link, "PUT", "draft", { credentials: { store_url: stores.main.address }, settings: {} });
    await page.reload();
    await field(page, "integration_api_token").fill(RENEWED_TOKEN);
    await submit(page);
    await continueOn(page);
    await confirmBy(page, "Confirm and renew");
    await page.getByRole("heading", { name: "The connection is renewed" }).waitFor();
    await page.waitForURL(/\/_sim\/channel\?/u);
    assert.equal(new URL(page.url()).searchParams.get("connection_id"), id);
  });
  assert.equal((await stage.mock.call("GET", `/v1/connections/${id}`)).health.status, "active");
});

test("with the keyboard alone, from the first field to the channel", async () =>
  stage.walk(await stage.mock.link(), async (page) => {
    const tabTo = async (what, reached) => {
      for (let count = 0; count < 60; count += 1) {
        if (await page.evaluate(reached.test, reached.of)) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`${what} cannot be reached with Tab`);
    };
    const toField = (id) => tabTo(id, { test: (of) => document.activeElement?.id === of, of: `credentials_${id}` });
    const toButton = (name) => tabTo(name, { test: (of) => (document.activeElement?.textContent ?? "").startsWith(of), of: name });
    await field(page, "store_url").waitFor();
    await toField("store_url");
    await page.keyboard.type(stores.main.address);
    await toField("integration_api_token");
    await page.keyboard.type(RENEWED_TOKEN);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Continue" }).waitFor();
    await toButton("Continue");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: /read\?$/u }).waitFor();
    await toButton("Update the existing connection");
    await page.clock.install();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Centra is connected" }).waitFor();
    await toButton("Return to");
    await page.keyboard.press("Enter");
    await backAtChannel(page);
  }));

test("a round through the dashboard, to the end of a connection", () =>
  stage.walk("/dashboard/", async (page) => {
    await page.getByLabel("Token").fill("cck_live_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Token").fill(stage.mock.operator);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Plugins" }).click();
    await page.getByRole("region", { name: "Centra" }).getByText("No faults").waitFor();
    await audit(page, "real: plugins");
    await page.getByRole("link", { name: "Connections" }).click();
    await page.locator("tbody tr", { hasText: "centra" }).getByRole("link").first().click();
    await page.getByRole("heading", { name: "Capabilities" }).waitFor();
    await page.getByRole("button", { name: "Sync now" }).click();
    await page.getByText("A sync is queued.").waitFor();
    await page.getByText(/ok · manual/u).first().waitFor();
    await page.getByText(/^Last good sync: .* \((?:just now|1 minute ago)\)$/u).waitFor();
    await audit(page, "real: connection");
    await page.getByRole("link", { name: "Catalog", exact: true }).click();
    await page.locator(".offers li").first().waitFor();
    await audit(page, "real: catalog");
    await page.locator(".offers a").first().click();
    await page.getByRole("table").first().waitFor();
    await audit(page, "real: offer");
    await showsNoSecret(page);
    const sold = page.getByRole("row").filter({ hasText: "SEK" }).filter({ hasNot: page.getByRole("cell", { name: "0", exact: true }) });
    const sku = await sold.first().getByRole("cell").first().innerText();
    await page.getByRole("link", { name: "Connection", exact: true }).click();
    await page.getByRole("link", { name: "Orders" }).click();
    await page.getByRole("row").nth(1).getByRole("link").click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await page.getByRole("region", { name: "Lines" }).waitFor();
    await audit(page, "real: order");
    await page.getByRole("link", { name: "Connection", exact: true }).click();
    await page.getByRole("link", { name: "Cart" }).click();
    await page.getByLabel("SKUs").fill("NO-SUCH-SKU");
    await page.getByRole("button", { name: "Compare prices" }).click();
    await page.getByText("/lines/0/sku:").waitFor();
    await audit(page, "real: cart refused");
    await page.getByLabel("SKUs").fill(sku);
    await page.getByRole("button", { name: "Compare prices" }).click();
    await page.getByRole("region", { name: "Synced data" }).getByText("total", { exact: true }).waitFor();
    await audit(page, "real: cart");
    await page.getByRole("link", { name: "Connection", exact: true }).click();
    await page.getByRole("button", { name: "Disconnect…" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download its catalog first" }).click();
    const taken = readFileSync(await (await download).path(), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line).stream);
    assert.ok(taken.includes("offers") && taken.includes("prices"));
    await page.getByLabel("Reason").fill("The merchant left.");
    await page.getByRole("button", { name: "Disconnect", exact: true }).click();
    await page.getByText("Disconnected", { exact: true }).waitFor();
  }));

test("a list that is empty all at once deletes nothing before an operator accepts it", () =>
  stage.walk("/dashboard/", async (page) => {
    await page.getByLabel("Token").fill(stage.mock.operator);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("tbody tr", { hasText: "template" }).getByRole("link").first().click();
    await page.getByText(/ok · /u).first().waitFor();
    stores.shop.products.length = 0;
    await page.getByRole("button", { name: "Full sync" }).click();
    const held = page.getByRole("region", { name: "Held deletions", exact: true });
    await held.getByRole("row", { name: /^offers 1 row/u }).getByText("The list was empty, and it was not before.").waitFor();
    await page.getByText(/partial · manual/u).first().waitFor();
    await audit(page, "real: deletions held");
    await held.getByRole("button", { name: "Accept all deletions…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: /^Delete/u }).click();
    await page.getByText(/^Deleted: .*1 row of offers/u).waitFor();
    await held.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Catalog", exact: true }).click();
    await page.getByText("Nothing found.").waitFor();
  }));

test("an operator's endpoint: added, tried out, sent again, its secret shown once", () =>
  stage.walk("/dashboard/", async (page) => {
    await page.getByLabel("Token").fill(stage.mock.operator);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Events", exact: true }).click();
    await page.getByRole("row", { name: /connection\.connected/u }).first().waitFor();
    await audit(page, "real: events");
    await page.getByLabel("Types").fill("sync.*");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByRole("row", { name: /connection\.connected/u }).first().waitFor({ state: "detached" });
    await page.getByRole("row", { name: /sync\.completed/u }).first().waitFor();
    await page.getByRole("link", { name: "Endpoints" }).click();
    await page.getByText("Add an endpoint").click();
    await page.getByLabel("Address").fill("ftp://channel.example/hooks");
    await page.getByRole("button", { name: "Add endpoint" }).click();
    await page.getByRole("alert").waitFor();
    await audit(page, "real: endpoint refused");
    await page.getByLabel("Address").fill(stores.receiver.url);
    await page.getByRole("textbox", { name: "Events" }).fill("sync.*");
    await page.getByRole("button", { name: "Add endpoint" }).click();
    await page.getByText("whsec_").waitFor();
    await page.getByRole("link", { name: stores.receiver.url }).click();
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByText(/The test was accepted after/u).waitFor();
    await page.getByLabel("Send again everything since").fill("2020-01-01T00:00");
    await page.getByRole("button", { name: "Send again", exact: true }).click();
    await page.getByText(/scheduled to be sent again\./u).waitFor();
    const arrived = async () => {
      await page.reload();
      await page.getByRole("region", { name: "Attempts" }).waitFor();
      const row = page.getByRole("row", { name: /sync\.completed/u }).first();
      return (await row.isVisible()) && (await page.getByText("Delivering", { exact: true }).isVisible());
    };
    while (!(await arrived())) await page.waitForTimeout(100);
    assert.equal(await page.getByText("whsec_").count(), 0);
    await audit(page, "real: endpoint");
    assert.ok(stores.receiver.events.some(({ type }) => type === "sync.completed"));
  }));

test("secrets stand in no file of the host", () => {
  for (const secret of SECRETS) assert.deepEqual(stage.mock.holding(secret), [], secret);
});

test("a link that has expired says so", async () => {
  const left = Date.parse(brief.made.expires_at) - Date.now();
  const expired = await brief.session({});
  assert.ok(Date.parse(expired.expires_at) - Date.now() <= 60_000);
  if (left > 0) await new Promise((passed) => setTimeout(passed, left + 50));
  await stage.walk("/livez", async (page) => {
    await page.goto(brief.made.url);
    await page.getByRole("heading", { name: "This link has expired" }).waitFor();
    await audit(page, "real: expired link");
  });
});

// The checks: how they appear, what a failure says, where it leads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CHECKOUT_SECRET, NO_ORDERS_TOKEN, STOREFRONT_SECRET } from "../mock/scenarios.mjs";
import { focused, withBrowser } from "./browser.mjs";
import { alert, field, fill, submit } from "./credentials_form.mjs";

const stage = withBrowser();

async function failed(page, { line, fix, title, name }) {
  await alert(page).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("role")), "alert");
  assert.deepEqual(await alert(page).getByRole("button").allInnerTexts(), [`${title}: ${line}`]);
  await page.locator(".check-fix").getByText(fix).waitFor();
  const raw = page.getByText("Technical details");
  assert.equal(await page.locator(".raw pre").isVisible(), false);
  await raw.click();
  assert.match(await page.locator(".raw pre").innerText(), /"duration_ms"/u);
  await page.getByRole("button", { name: `Go to ${title}` }).click();
  assert.equal(await focused(page), `credentials_${name}`);
  assert.ok((await page.locator(`#credentials_${name}__wrong`).innerText()).startsWith(line));
}

const REFUSALS = [
  {
    state: "a bad token",
    given: { token: "bad-token-0123456789" },
    name: "integration_api_token",
    title: "Integration API Token",
    line: "Centra refuses the Integration API token: it is wrong, has expired or was revoked.",
    fix: "In your Centra AMS, go to System > Api Tokens, create a new Integration API token and enter it here.",
  },
  {
    state: "a missing permission",
    given: { token: NO_ORDERS_TOKEN },
    name: "integration_api_token",
    title: "Integration API Token",
    line: "Orders cannot be read: the token lacks Order:read.",
    fix: "create a token that also has: Order:read.",
  },
  ...[
    ["a wrong shared secret", "no-such-secret"],
    ["the Storefront API's secret", STOREFRONT_SECRET],
  ].map(([state, checkout]) => ({
    state,
    given: { checkout },
    name: "checkout_api_shared_secret",
    title: "Checkout API Shared Secret",
    line: "The Checkout API refuses the secret.",
    fix: "The Storefront API plugin has a shared secret of its own, which does not work here.",
  })),
];

for (const refusal of REFUSALS) {
  test(`${refusal.state}: what happened, what to do, which field`, () =>
    stage.walk("/connect/#new", async (page) => {
      await fill(page, refusal.given);
      await submit(page);
      await alert(page).waitFor();
      await failed(page, refusal);
      await fill(page, { token: undefined });
      if (refusal.name === "checkout_api_shared_secret") await field(page, refusal.name).fill(CHECKOUT_SECRET);
      await submit(page);
      await page.getByRole("button", { name: "Continue" }).waitFor();
    }));
}

test("checks appear one by one", () =>
  stage.walk("/connect/#slow", async (page) => {
    await fill(page);
    await submit(page);
    await page.getByText("The store's address answers", { exact: false }).first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Continue" }).count(), 0);
    await page.getByText("Checking…").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await field(page, "store_url").waitFor();
    assert.equal(await field(page, "integration_api_token").inputValue() !== "", true, "what was typed is still there");
  }));

test("a setting that a check blames is asked beside its secret", () =>
  stage.walk("/connect/#wrong_path", async (page) => {
    await fill(page, { checkout: CHECKOUT_SECRET });
    await submit(page);
    await alert(page).getByRole("button", { name: /Checkout API path/u }).click();
    assert.equal(await focused(page), "credentials_checkout_plugin_path");
    await field(page, "checkout_plugin_path").fill("checkout-2");
    await submit(page);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Confirm and connect" }).click();
    await page.getByRole("heading", { name: "Centra is connected" }).waitFor();
    assert.equal(stage.mock.asked.findLast(({ call }) => call === "POST confirm").body.settings.checkout_plugin_path, "checkout-2");
  }));

for (const [scenario, said] of [
  ["cut", "The connection to this page was interrupted."],
  ["limited", "Wait a minute and try again."],
  ["failing", "Something went wrong on our side."],
]) {
  test(`trouble that is nobody's field (${scenario}) is told`, () =>
    stage.walk(`/connect/#${scenario}`, async (page) => {
      await fill(page);
      await submit(page);
      await alert(page).getByText(said).waitFor();
      await page.getByRole("button", { name: "Change your credentials" }).click();
      await field(page, "store_url").waitFor();
    }));
}

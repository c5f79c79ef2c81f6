// From good credentials to the channel: choices, capabilities, confirmation, redirect; twice; again; another store; cancelled.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CHECKOUT_SECRET, GOOD_TOKEN, OTHER_STORE_TOKEN } from "../mock/scenarios.mjs";
import { withBrowser } from "./browser.mjs";
import { alert, field, fill, reachChoices, submit, unfold } from "./credentials_form.mjs";

const stage = withBrowser();
const confirmed = () => stage.mock.asked.findLast(({ call }) => call === "POST confirm").body;

test("good credentials, choices, then back to the channel with its state unchanged", () =>
  stage.walk("/connect/#new", async (page) => {
    await field(page, "token_expires_at").fill("2030-06-30");
    await unfold(page, "Webhook Endpoint Secret");
    await page.getByRole("button", { name: "Suggest a secret" }).click();
    await fill(page, { checkout: CHECKOUT_SECRET });
    await submit(page);
    await page.getByText("14 checks passed").waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("We found Acme Retail at acme.centra.com.").waitFor();
    assert.equal(await page.getByLabel("Market").inputValue(), "-1", "a found list is an offer, nothing is chosen silently");
    await page.getByLabel("Market").selectOption({ label: "Europe" });
    await page.getByText("More settings").click();
    await page.getByText("Integration API Token expires on 30 June 2030.").waitFor();
    const orders = page.locator(".capabilities li", { hasText: "Order management" });
    assert.match(await orders.innerText(), /Off[\s\S]*does not change orders/u);
    await page.getByText("Waiting for the first event").waitFor();
    await page.getByRole("button", { name: "Confirm and connect" }).click();
    await page.getByRole("heading", { name: "Centra is connected" }).waitFor();
    await page.waitForURL(/\/channel\/return/u);
    const back = new URL(page.url());
    assert.equal(back.searchParams.get("status"), "connected");
    assert.equal(back.searchParams.get("state"), "a b&c=å/1");
    assert.ok(!back.hash && !page.url().includes("new~"), "the link's token does not travel");
    const { settings, replace } = confirmed();
    assert.equal(replace, false);
    assert.equal(settings.market_id, 2);
    assert.equal(settings.token_expires_at, "2030-06-30");
    assert.equal(settings.pricelist_id, null, "what is left open is said to be so");
  }));

test("the first event is noticed while choosing", () =>
  stage.walk("/connect/#new", async (page) => {
    await unfold(page, "Webhook Endpoint Secret");
    await page.getByRole("button", { name: "Suggest a secret" }).click();
    await page.clock.install();
    await reachChoices(page);
    await page.getByText("Waiting for the first event").waitFor();
    await page.clock.runFor(16_000);
    await page.getByText("The first event has arrived").waitFor();
  }));

test("what is degraded is said before anything is confirmed", () =>
  stage.walk("/connect/#degraded", async (page) => {
    await fill(page);
    await submit(page);
    await page.getByRole("heading", { name: "Your store is ready to connect, with notes" }).waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("On, with limitations").waitFor();
    await page.getByText("Translation:read", { exact: true }).waitFor();
  }));

test("a setting the host refuses is named and can be changed", () =>
  stage.walk("/connect/#refused_confirm", async (page) => {
    await reachChoices(page);
    await page.getByRole("button", { name: "Confirm and connect" }).click();
    await alert(page).getByText("Market: This market was closed a moment ago. Choose another.").click();
    await page.getByLabel("Market").selectOption({ label: "Europe" });
    await page.getByRole("button", { name: "Confirm and connect" }).click();
    await page.getByRole("heading", { name: "Centra is connected" }).waitFor();
  }));

test("the same store again is offered as an update of its credentials", () =>
  stage.walk("/connect/#duplicate", async (page) => {
    await reachChoices(page);
    await page.getByText("This store is already connected").waitFor();
    await page.getByRole("button", { name: "Update the existing connection" }).click();
    await page.getByRole("heading", { name: "Centra is connected" }).waitFor();
    assert.equal(confirmed().replace, true);
  }));

test("renewing asks for secrets only, refuses another store, keeps what is stored", () =>
  stage.walk("/connect/#reauth", async (page) => {
    await page.getByText("Acme Retail · acme.centra.com").waitFor();
    assert.equal(await field(page, "store_url").count(), 0);
    await page.getByRole("button", { name: "Replace it : Checkout API Shared Secret" }).or(page.getByRole("button", { name: "Replace it: Checkout API Shared Secret" })).waitFor();
    await field(page, "integration_api_token").fill(OTHER_STORE_TOKEN);
    await submit(page);
    await alert(page).getByText("These credentials belong to other.centra.com").click();
    await field(page, "integration_api_token").fill(GOOD_TOKEN);
    await submit(page);
    assert.deepEqual(stage.mock.asked.findLast(({ call }) => call === "POST check").body.credentials, { store_url: "https://acme.centra.com", integration_api_token: GOOD_TOKEN });
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Confirm and renew" }).click();
    await page.getByRole("heading", { name: "The connection is renewed" }).waitFor();
  }));

test("cancelling asks first, then returns with its own status", () =>
  stage.walk("/connect/#new", async (page) => {
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Keep connecting" }).click();
    await field(page, "store_url").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel and return" }).click();
    await page.waitForURL(/status=cancelled/u);
  }));

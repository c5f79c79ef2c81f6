// Every state of the onboarding page, each audited in light and dark, on a desktop and a phone.
import { test } from "node:test";
import { CHECKOUT_SECRET, NO_ORDERS_TOKEN, OTHER_STORE_TOKEN, STOREFRONT_SECRET } from "../mock/scenarios.mjs";
import { audit, withBrowser } from "./browser.mjs";
import { alert, field, fill, reachChoices, submit, unfold } from "./credentials_form.mjs";

const stage = withBrowser();

const heading = (name) => (page) => page.getByRole("heading", { level: 1, name }).waitFor();
const form = (page) => page.locator("#credentials_integration_api_token").waitFor();
const press = (name) => (page) => page.getByRole("button", { name }).click();
const steps = (...all) => async (page) => {
  for (const step of all) await step(page);
};
const tried = (given) => (page) => fill(page, given).then(() => submit(page));
const refused = (given) => steps(tried(given), (page) => alert(page).waitFor());
const suggested = steps((page) => unfold(page, "Webhook Endpoint Secret"), press("Suggest a secret"));
const opened = (summary) => (page) => page.getByText(summary).first().click();
const confirmed = steps(reachChoices, press(/^Confirm and/u));
/** Fills the form in which only the secret is asked. */
const renewedWith = (token) => steps((page) => field(page, "integration_api_token").fill(token), submit);

// The state, the link that leads there, and the way. A `faulty` state is a fault of the page itself.
const STATES = [
  ["opening", "hanging", heading("Connect")],
  ["form", "new", form],
  ["form in test mode", "test", form],
  ["form in Swedish", "swedish", form],
  ["form of a channel without a colour", "plain", form],
  ["form of a channel with a pale colour", "pale", form],
  ["form of another platform", "template", (page) => field(page, "access_word").waitFor()],
  ["form resumed", "resume", (page) => page.getByText("Welcome back").waitFor()],
  ["form resumed after the checks", "checked", (page) => page.getByText("Your credentials passed the checks").waitFor()],
  ["form to renew", "reauth", (page) => page.getByText("Acme Retail · acme.centra.com").waitFor()],
  ["form to renew, a kept secret replaced", "reauth", press(/^Replace it/u)],
  ["form with its guide open under each field", "new", opened("Where do I find this?"), { viewport: { width: 320, height: 640 } }],
  ["form with everything unfolded", "new", steps((page) => unfold(page, "Checkout API Shared Secret"), suggested)],
  ["a pasted value cleaned", "new", async (page) => {
    await field(page, "store_url").fill(" acme.centra.com/ams ");
    await field(page, "integration_api_token").fill("Bearer good-token-0123456789abcdef");
    await field(page, "store_url").focus();
  }],
  ["a secret shown", "new", steps(fill, press(/^Show/u))],
  ["an empty submit", "new", steps(submit, (page) => alert(page).waitFor())],
  ["an empty submit of another platform", "template", steps(submit, (page) => alert(page).waitFor())],
  ["checks running", "slow", steps(tried(), (page) => page.getByText("Checking…").waitFor())],
  ["checks passed", "new", steps(tried({ checkout: CHECKOUT_SECRET }), heading("Your store is ready to connect"))],
  ["checks with a warning", "degraded", steps(tried(), heading("Your store is ready to connect, with notes"))],
  ["checks failed: a bad token", "new", refused({ token: "bad-token-0123456789" })],
  ["checks failed: a missing permission", "new", refused({ token: NO_ORDERS_TOKEN })],
  ["checks failed: a wrong secret, details open", "new", steps(refused({ checkout: "no-such-secret" }), opened("Technical details"))],
  ["checks failed: another API's secret, at its field", "new", steps(refused({ checkout: STOREFRONT_SECRET }), press("Go to Checkout API Shared Secret"))],
  ["checks failed: a setting is asked", "wrong_path", steps(refused({ checkout: CHECKOUT_SECRET }), (page) => alert(page).getByRole("button").first().click())],
  ["checks failed: another store when renewing", "reauth", steps(renewedWith(OTHER_STORE_TOKEN), (page) => alert(page).waitFor())],
  ["checks failed on another platform", "template", steps((page) => field(page, "shop_url").fill("https://shop.example/c.json"), (page) => field(page, "access_word").fill("wrong"), submit, (page) => alert(page).waitFor())],
  ["checks cut off", "cut", refused()],
  ["checks too often", "limited", refused()],
  ["checks failing on our side", "failing", refused()],
  ["choices", "new", reachChoices],
  ["choices with more settings", "new", steps(reachChoices, opened("More settings"))],
  ["choices with an order route", "new", steps(reachChoices, opened("More settings"), (page) => page.locator("#more_order_route").selectOption({ label: "Order API plugin" }), (page) => page.locator("#more_order_number_first").waitFor())],
  ["choices in Swedish", "swedish", steps(fill, submit, press("Fortsätt"), opened("Fler inställningar"))],
  ["choices in test mode", "test", reachChoices],
  ["choices with something missing", "degraded", steps(reachChoices, opened(/^1 difference/u))],
  ["choices, waiting for the first event", "new", steps(suggested, reachChoices, (page) => page.getByText("Waiting for the first event").waitFor())],
  ["choices of another platform", "template", steps((page) => field(page, "shop_url").fill("https://shop.example/c.json"), (page) => field(page, "access_word").fill("open sesame"), submit, press("Continue"), (page) => page.getByLabel("Only this tag").waitFor())],
  ["choices, the first event has come", "new", steps(suggested, (page) => page.clock.install(), reachChoices, (page) => page.clock.runFor(16_000), (page) => page.getByText("The first event has arrived").waitFor())],
  ["choices, a setting refused", "refused_confirm", steps(confirmed, (page) => alert(page).waitFor())],
  ["choices, confirming fails", "confirm_fails", steps(confirmed, (page) => alert(page).waitFor())],
  ["choices, the store is connected already", "duplicate", steps(reachChoices, (page) => page.getByText("This store is already connected").waitFor())],
  ["done", "new", steps((page) => page.clock.install(), confirmed, heading("Centra is connected"))],
  ["done, staying", "new", steps(confirmed, press("Stay here"))],
  ["renewed", "reauth", steps((page) => page.clock.install(), renewedWith("good-token-0123456789abcdef"), press("Continue"), press("Confirm and renew"), heading("The connection is renewed"))],
  ["asked whether to cancel", "new", steps(press("Cancel"), (page) => page.getByRole("dialog").waitFor())],
  ["link cancelled", "cancelled", heading("You cancelled")],
  ["link expired", "expired", heading("This link has expired")],
  ["link expired on the way", "expires_midway", steps(tried(), heading("This link has expired"))],
  ["link used", "used", heading("This link was already used")],
  ["link unknown", "no-such-link", heading("This link does not work")],
  ["host not reached", "unreachable", heading("The page could not be opened")],
  ["a fault of the page", "malformed", heading("This page has stopped working"), { faulty: true }],
];

for (const [state, link, way, context] of STATES) {
  test(`connect: ${state}`, () =>
    stage.walk(`/connect/#${link}`, async (page) => {
      await way(page);
      await audit(page, `connect ${state}`);
    }, context));
}

test("connect: in a channel's frame", () =>
  stage.walk("/channel/frame?link=new~framed", async (page) => {
    const inside = page.frameLocator("iframe");
    await inside.locator("#credentials_store_url").fill("https://acme.centra.com");
    await audit(page, "connect in a frame");
  }));

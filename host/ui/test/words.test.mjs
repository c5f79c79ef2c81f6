// What a merchant reads: words for one thing, for the values of a list, for a refusal, in the merchant's language; which
// settings are asked at all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GOOD_TOKEN, NO_ORDERS_TOKEN } from "../mock/scenarios.mjs";
import { withBrowser } from "./browser.mjs";
import { alert, field, fill, reachChoices, submit } from "./credentials_form.mjs";

const stage = withBrowser();
const confirmed = () => stage.mock.asked.findLast(({ call }) => call === "POST confirm").body.settings;
const setting = (page, name) => page.locator(`#more_${name}`);
const options = (page, name) => setting(page, name).locator("option").allInnerTexts();

/** To the choices of a Swedish page, with every setting in sight. */
async function reachSwedishChoices(page) {
  await fill(page);
  await submit(page);
  await page.getByRole("button", { name: "Fortsätt" }).click();
  await page.getByText("Fler inställningar").click();
}

test("one check is one check", () =>
  stage.walk("/connect/#template", async (page) => {
    await field(page, "shop_url").fill("https://shop.example/c.json");
    await field(page, "access_word").fill("open sesame");
    await submit(page);
    await page.getByText("1 check passed.").waitFor();
  }));

test("a route's settings are asked once the route is chosen, and what is hidden is not sent", () =>
  stage.walk("/connect/#new", async (page) => {
    await reachChoices(page);
    await page.getByText("More settings").click();
    assert.deepEqual(await options(page, "order_route"), ["Not at all", "Order API plugin", "Checkout API with the External Payment plugin"]);
    assert.equal(await setting(page, "order_route_secret").count(), 0);
    await setting(page, "order_route").selectOption({ label: "Order API plugin" });
    await setting(page, "order_route_secret").waitFor();
    await setting(page, "order_number_first").fill("100");
    await setting(page, "order_api_path").fill("not a path");
    assert.equal(await setting(page, "external_payment_uri").count(), 0);
    await setting(page, "order_route").selectOption({ label: "Checkout API with the External Payment plugin" });
    await setting(page, "external_payment_uri").waitFor();
    await setting(page, "order_route_secret").waitFor();
    assert.equal(await setting(page, "order_api_path").count(), 0);
    // What does not fit in a field nobody sees keeps nobody from going on.
    await page.getByRole("button", { name: "Confirm and connect" }).click();
    await page.getByRole("heading", { name: "Centra is connected" }).waitFor();
    const sent = confirmed();
    assert.equal(sent.order_route, "external_payment");
    assert.ok(!("order_api_path" in sent) && !("order_number_first" in sent), JSON.stringify(sent));
  }));

test("settings stand in the order in which they are thought about", () =>
  stage.walk("/connect/#new", async (page) => {
    await reachChoices(page);
    await page.getByText("More settings").click();
    await setting(page, "order_route").selectOption({ label: "Order API plugin" });
    await setting(page, "order_route_secret").waitFor();
    const names = await page.locator("#more [data-field]").evaluateAll((fields) => fields.map((one) => one.dataset.field));
    const route = names.indexOf("order_route");
    assert.deepEqual(names.slice(route, route + 3), ["order_route", "order_route_secret", "order_api_path"]);
    assert.equal(names[route - 1], "prices_include_tax");
  }));

test("a Swedish page speaks Swedish: guide, lists, refusals", () =>
  stage.walk("/connect/#swedish_meanwhile", async (page) => {
    await page.getByText(/^Länken gäller till \d\d:\d\d$/u).waitFor();
    await page.getByRole("button", { name: /^Lägg till nu.*endpoint-hemlighet/u }).click();
    await field(page, "webhook_endpoint_secret").focus();
    const guide = page.getByRole("complementary");
    await guide.getByText("i pluginlistan i ditt Centra AMS").waitFor();
    assert.ok(!(await guide.innerText()).includes("In your Centra AMS"), "the manifest's English steps are not shown");
    await reachSwedishChoices(page);
    assert.deepEqual(await options(page, "prices_include_tax"), ["Vet inte", "Ja, momsen ingår i priserna", "Nej, momsen läggs till"]);
    await page.getByRole("button", { name: "Bekräfta och anslut" }).click();
    await alert(page).getByText("Butiken har anslutits under tiden.").waitFor();
  }));

test("checks and reasons are shown in the page's language, and change with it", () =>
  stage.walk("/connect/#swedish", async (page) => {
    await fill(page, { token: NO_ORDERS_TOKEN });
    await submit(page);
    await alert(page).getByText("På svenska: ").first().waitFor();
    await page.getByText("På svenska: In your Centra AMS, go to System").first().waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await alert(page).waitFor();
    assert.ok(!(await page.getByRole("main").innerText()).includes("På svenska"), "an English page shows the connector's own words");
    await page.getByRole("button", { name: "Svenska" }).click();
    await page.getByRole("button", { name: "Ändra dina uppgifter" }).click();
    await field(page, "integration_api_token").fill(GOOD_TOKEN);
    await submit(page);
    await page.getByRole("button", { name: "Fortsätt" }).click();
    await page.locator(".capabilities li").getByText("På svenska: Offers").waitFor();
  }));

test("a refusal without a text of the page shows the host's text", () =>
  stage.walk("/connect/#unexplained", async (page) => {
    await reachChoices(page);
    await page.getByRole("button", { name: "Confirm and connect" }).click();
    await alert(page).getByText("The host says something new.").waitFor();
  }));

test("missing permissions and differences stand under headings of their own", () =>
  stage.walk("/connect/#no_expiry", async (page) => {
    await reachChoices(page);
    await page.getByRole("heading", { name: "Permissions that are missing" }).waitFor();
    await page.getByRole("heading", { name: "Your store differs from what we know" }).waitFor();
    await page.getByText("1 difference").waitFor();
    assert.equal(await page.getByRole("heading", { name: "When to renew" }).count(), 0);
  }));

test("a link that is over says where the next one is found", async () => {
  await stage.walk("/connect/#used", (page) => page.getByText("go back to where you got this link").waitFor());
  await stage.walk("/connect/#cancelled", (page) => page.getByText("go back to Northshore Market and ask for a new link").waitFor());
  await stage.walk("/connect/#expires_midway", async (page) => {
    await fill(page);
    await submit(page);
    await page.getByText("go back to Northshore Market and ask for a new link").waitFor();
  });
});

// Every state of the dashboard, each audited in light and dark, on a desktop and a phone.
import { test } from "node:test";
import { audit, withBrowser } from "./browser.mjs";

const stage = withBrowser();

const press = (name) => (page) => page.getByRole("button", { name }).first().click();
const shown = (text) => (page) => page.getByText(text).first().waitFor();
const table = (name) => (page) => page.getByRole("region", { name }).waitFor();
const unfolded = (summary) => (page) => page.getByText(summary).first().click();
const dialog = (page) => page.getByRole("dialog").waitFor();
const failed = (page) => page.getByRole("alert").first().waitFor();
const steps = (...all) => async (page) => {
  for (const step of all) await step(page);
};
const typed = (label, text) => (page) => page.getByLabel(label).fill(text);
const priced = (skus) => steps(typed("SKUs", skus), press("Compare prices"));

const ONE = "connections/conn_1";
const NEW = "connections/conn_new";

// The state, the token that says which host it is, the page's place, and the way from there.
const STATES = [
  ["connections", "operator", "connections", table("Connections")],
  ["connections, none", "empty", "connections", shown("No connections yet.")],
  ["connections failing", "failing", "connections", failed],
  ["connections loading", "hanging", "connections", shown("Connections")],
  ["connection", "operator", ONE, steps(shown("Capabilities"), unfolded("without trouble"))],
  ["connection to be renewed, with a link", "operator", "connections/conn_2", steps(press("Link to renew"), shown("Send this link to the merchant"))],
  ["connection paused, not synced", "operator", "connections/conn_3", steps(press("Sync now"), failed)],
  ["connection, nothing known", "empty", NEW, shown("No syncs yet.")],
  ["connection, none such", "operator", "connections/conn_9", failed],
  ["connection failing", "failing", ONE, failed],
  ["connection loading", "hanging", ONE, shown("Loading…")],
  ["connection, asked whether to disconnect", "operator", ONE, steps(press("Disconnect…"), dialog)],
  ["connection failing on the way to the store", "operator", "connections/conn_4", steps(shown("The last 7 syncs failed"), unfolded("failed · manual"), unfolded("partial · schedule"))],
  ["connection checked in vain", "operator", "connections/conn_4", steps(press("Check now"), shown("could not be reached"))],
  ["connection without its connector", "operator", "connections/conn_5", shown("Connector shopline is not loaded")],
  ["connection whose plugin is held back", "operator", "connections/conn_6", shown("is held back")],
  ["connection, asked whether to delete", "operator", ONE, steps(press("Accept deletions… of offers"), dialog)],
  ["connection, deletions not accepted", "operator", "connections/conn_3", steps(press("Accept all deletions…"), press("Delete 201 rows"), failed)],
  ["connection, deletions accepted", "operator", ONE, steps(press("Accept all deletions…"), press("Delete 201 rows"), shown("Deleted: "))],
  ["connection disconnected", "operator", "connections/conn_3", steps(press("Disconnect…"), typed("Reason", "The merchant left."), press(/^Disconnect$/u), shown("Disconnected"))],
  ["catalog", "operator", `${ONE}/catalog`, (page) => page.locator("img.picture").nth(2).waitFor()],
  ["catalog, nothing found", "operator", `${ONE}/catalog`, steps((page) => page.getByRole("searchbox").fill("no such thing"), press("Search"), shown("Nothing found."))],
  ["catalog, none", "empty", `${NEW}/catalog`, shown("Nothing found.")],
  ["catalog failing", "failing", `${ONE}/catalog`, failed],
  ["catalog loading", "hanging", `${ONE}/catalog`, shown("Loading…")],
  ["offer", "operator", `${ONE}/catalog/1`, table("Variants")],
  ["offer failing", "failing", `${ONE}/catalog/1`, failed],
  ["orders", "operator", `${ONE}/orders`, steps(table("Orders"), shown("Was it done?"))],
  ["orders, none", "empty", `${NEW}/orders`, shown("No orders yet.")],
  ["orders failing", "failing", `${ONE}/orders`, failed],
  ["orders, a difference not accepted", "operator", `${ONE}/orders`, steps(typed("Reason for accepting", "@"), press("Accept the difference"), failed)],
  ["order", "operator", `${ONE}/orders/4711`, steps(table("Lines"), shown("Differs from what was agreed"))],
  ["order whose person is erased", "operator", `${ONE}/orders/4712`, shown("is destroyed")],
  ["order, none such", "operator", `${ONE}/orders/9`, failed],
  ["webhooks", "operator", `${ONE}/webhooks`, steps(shown("Webhooks are silent"), table("Deliveries"), shown("Failed permanently"))],
  ["webhooks, none", "empty", `${NEW}/webhooks`, shown("No deliveries yet.")],
  ["webhooks failing", "failing", `${ONE}/webhooks`, failed],
  ["delivery", "operator", `${ONE}/webhooks/12`, shown("orders 4711: done")],
  ["delivery failing", "failing", `${ONE}/webhooks/12`, failed],
  ["cart", "operator", `${ONE}/cart`, shown("Compare prices")],
  ["cart priced differently", "operator", `${ONE}/cart`, steps(priced("P1001MOSM 2"), table("Differences"))],
  ["cart priced the same", "operator", `${ONE}/cart`, steps(priced("SAME"), shown("Both agree"))],
  ["cart without the store's price", "operator", `${ONE}/cart`, steps(priced("LATE"), shown("No price from the store"))],
  ["cart with a mistake", "operator", `${ONE}/cart`, steps(priced("NOSUCH"), failed)],
  ["cart failing", "failing", `${ONE}/cart`, steps(priced("P1001MOSM"), failed)],
  ["a fault of the page", "operator", `${ONE}/cart`, steps(priced("BROKEN"), shown("This page has stopped working")), { faulty: true }],
  ["events", "operator", "events", steps(table("Events"), unfolded("Show the data of"))],
  ["events, none", "empty", "events", shown("No events yet.")],
  ["events of an unknown type", "operator", "events", steps(typed("Types", "nonsense"), press("Show"), failed)],
  ["events failing", "failing", "events", failed],
  ["events loading", "hanging", "events", shown("Loading…")],
  ["endpoints", "operator", "events/endpoints", table("Endpoints")],
  ["endpoints, none", "empty", "events/endpoints", shown("No endpoints yet.")],
  ["endpoints failing", "failing", "events/endpoints", failed],
  ["endpoint refused", "operator", "events/endpoints", steps(unfolded("Add an endpoint"), typed("Address", "http://a.example"), press("Add endpoint"), failed)],
  ["endpoint added", "operator", "events/endpoints", steps(unfolded("Add an endpoint"), typed("Address", "https://a.example"), press("Add endpoint"), shown("whsec_"))],
  ["endpoint delivering", "operator", "events/endpoints/ep_1", table("Attempts")],
  ["endpoint resting, with dead letters", "operator", "events/endpoints/ep_2", steps(shown("Send all again"), table("Attempts"))],
  ["endpoint disabled", "operator", "events/endpoints/ep_3", shown("it is gone")],
  ["endpoint tested in vain", "operator", "events/endpoints/ep_3", steps(press("Send a test"), shown("The test was not accepted"))],
  ["endpoint, asked about its secret", "operator", "events/endpoints/ep_1", steps(press("New secret…"), dialog)],
  ["endpoint with a new secret", "operator", "events/endpoints/ep_1", steps(press("New secret…"), press("Both for a day"), shown("whsec_"))],
  ["endpoint, asked whether to remove", "operator", "events/endpoints/ep_1", steps(press("Remove…"), dialog)],
  ["endpoint, none such", "operator", "events/endpoints/ep_9", failed],
  ["plugins", "operator", "plugins", steps(shown("Template shop"), shown("libold_plugin.so"))],
  ["hostile connections", "hostile", "connections", table("Connections")],
  ["hostile connection", "hostile", "connections/conn_3", steps(shown("Held deletions"), (page) => page.locator("details").evaluateAll((folds) => folds.forEach((fold) => (fold.open = true))))],
  ["hostile orders", "hostile", `${ONE}/orders`, shown("Needs manual resolution")],
  ["hostile order", "hostile", `${ONE}/orders/4711`, shown("Needs manual resolution")],
  ["hostile plugins", "hostile", "plugins", shown("Refused files")],
  ["plugins, none", "empty", "plugins", shown("No plugin is in use.")],
  ["plugins failing", "failing", "plugins", failed],
];

for (const [state, token, place, way, context] of STATES) {
  test(`dashboard: ${state}`, () =>
    stage.walk(`/dashboard/`, async (page) => {
      await page.getByLabel("Token").fill(token);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("link", { name: "Plugins" }).waitFor();
      await page.evaluate((hash) => (location.hash = hash), `#/${place}`);
      await way(page);
      await audit(page, `dashboard ${state}`);
    }, context));
}

for (const [state, steps] of [
  ["sign in", () => undefined],
  ["sign in refused", async (page) => {
    await page.getByLabel("Token").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await failed(page);
  }],
]) {
  test(`dashboard: ${state}`, () =>
    stage.walk("/dashboard/", async (page) => {
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await steps(page);
      await audit(page, `dashboard ${state}`);
    }));
}

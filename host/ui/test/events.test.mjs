// The dashboard's pages of events and the endpoints that hear of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withBrowser } from "./browser.mjs";

const stage = withBrowser();
const last = (call) => stage.mock.asked.findLast((one) => one.call === call);

async function open(page, ...links) {
  await page.getByLabel("Token").fill("operator");
  await page.getByRole("button", { name: "Sign in" }).click();
  for (const name of ["Events", ...links]) await page.getByRole("link", { name, exact: true }).click();
}

test("what has happened, by type, with its data and the way to its connection", () =>
  stage.walk("/dashboard/", async (page) => {
    await open(page);
    await page.getByRole("row", { name: /price\.changed/u }).waitFor();
    await page.getByLabel("Types").fill("offer.*, price.created");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByRole("row", { name: /price\.changed/u }).waitFor({ state: "detached" });
    const row = page.getByRole("row", { name: /offer\.updated/u });
    await row.getByText("Show").click();
    assert.match(await row.getByLabel(/^Data of/u).innerText(), /"title": "Alva linen dress"/u);
    await row.getByRole("link", { name: "conn_1" }).click();
    await page.getByRole("heading", { level: 1, name: "Acme Retail" }).waitFor();
  }));

test("endpoints: delivering, resting and disabled, each with why", () =>
  stage.walk("/dashboard/", async (page) => {
    await open(page, "Endpoints");
    const row = (name) => page.getByRole("row", { name });
    assert.match(await row(/northshore/u).innerText(), /Delivering[\s\S]*offer\.\*, price\.changed/u);
    assert.match(await row(/slow/u).innerText(), /all events of the host[\s\S]*Cooldown[\s\S]*4 attempts in a row failed\. Next attempt/u);
    assert.match(await row(/gone/u).innerText(), /Disabled[\s\S]*The endpoint answers 410: it is gone\. Since/u);
  }));

test("a new endpoint: a wrong address is named, a right one shows its secret once", () =>
  stage.walk("/dashboard/", async (page) => {
    await open(page, "Endpoints");
    await page.getByText("Add an endpoint").click();
    await page.getByLabel("Address").fill("http://channel.example/hooks");
    await page.getByRole("button", { name: "Add endpoint" }).click();
    await page.getByText("url: must begin with https://").waitFor();
    await page.getByLabel("Address").fill("https://channel.example/hooks");
    await page.getByRole("textbox", { name: "Events" }).fill("offer.*, price.changed");
    await page.getByRole("button", { name: "Add endpoint" }).click();
    await page.getByText("whsec_").waitFor();
    assert.deepEqual(last("POST /v1/event-endpoints").body, { url: "https://channel.example/hooks", types: ["offer.*", "price.changed"], description: "" });
    await page.getByRole("link", { name: "https://channel.example/hooks" }).click();
    await page.getByText("Nothing sent yet").waitFor();
    assert.equal(await page.getByText("whsec_").count(), 0);
  }));

test("an endpoint is tried out, stopped, started, given a new secret and removed", () =>
  stage.walk("/dashboard/", async (page) => {
    await open(page, "Endpoints", "https://northshore.example/hooks");
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByText("The test was accepted after 41 ms.").waitFor();
    await page.getByRole("row", { name: /endpoint\.test/u }).waitFor();
    await page.getByRole("button", { name: "Disable" }).click();
    await page.getByText("Disabled manually.").waitFor();
    assert.deepEqual(last("PATCH /v1/event-endpoints/ep_1").body, { enabled: false });
    await page.getByRole("button", { name: "Enable" }).click();
    await page.getByText("Delivering", { exact: true }).waitFor();
    await page.getByRole("button", { name: "New secret…" }).click();
    await page.getByRole("button", { name: "Both for a day" }).click();
    await page.getByText("whsec_").waitFor();
    await page.getByText("Previous secret valid until").waitFor();
    assert.deepEqual(last("POST /v1/event-endpoints/ep_1/secret").body, { at_once: false });
    await page.getByRole("button", { name: "Remove…" }).click();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Endpoints" }).waitFor();
    await page.getByRole("link", { name: "https://slow.example/events" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "https://northshore.example/hooks" }).count(), 0);
  }));

test("sending again: one event, what was dead-lettered, and all since a time", () =>
  stage.walk("/dashboard/", async (page) => {
    await open(page, "Endpoints", "https://slow.example/events");
    const replayed = () => last("POST /v1/event-endpoints/ep_2/replay").body;
    const givenUp = page.getByRole("region", { name: "Failed permanently" });
    await page.getByRole("region", { name: "Attempts" }).getByRole("button", { name: /evt_000002/u }).click();
    await page.getByText("Scheduled to be sent again.").waitFor();
    assert.deepEqual(replayed(), { event_id: "evt_000002" });
    await givenUp.getByRole("button", { name: /offer\.updated/u }).click();
    await givenUp.getByRole("button", { name: /offer\.updated/u }).waitFor({ state: "detached" });
    assert.deepEqual(replayed(), { event_id: "evt_000009" });
    await givenUp.getByRole("button", { name: "Send all again" }).click();
    await givenUp.getByText("None. An event fails permanently").waitFor();
    assert.deepEqual(replayed(), { dead_lettered: true });
    await page.getByLabel("Send again everything since").fill("2026-11-20T08:30");
    await page.getByRole("button", { name: "Send again", exact: true }).click();
    await page.getByText("Everything since 20 Nov 2026, 08:30 is scheduled to be sent again.").waitFor();
    assert.deepEqual(replayed(), { since: new Date("2026-11-20T08:30").toISOString() });
  }));

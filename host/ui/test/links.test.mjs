// Links that do not work (any more), test mode, languages, colours, small screens, keyboard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { focused, withBrowser } from "./browser.mjs";
import { field, fill, submit } from "./credentials_form.mjs";

const stage = withBrowser();

for (const [link, heading, advice] of [
  ["expired", "This link has expired", "ask for a new one there"],
  ["used", "This link was already used", "Each link works once."],
  ["no-such-link", "This link does not work", "open it again from where you got it"],
]) {
  test(`a link that is ${link} says what to do`, () =>
    stage.walk(`/connect/#${link}`, async (page) => {
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      await page.getByText(advice).waitFor();
    }));
}

test("a session that expires on the way says so", () =>
  stage.walk("/connect/#expires_midway", async (page) => {
    await fill(page);
    await submit(page);
    await page.getByRole("heading", { name: "This link has expired" }).waitFor();
  }));

test("a finished link cannot be used twice", () =>
  stage.walk("/connect/#new", async (page) => {
    await page.getByRole("button", { name: "Cancel" }).click();
    const link = page.url();
    await page.getByRole("button", { name: "Cancel and return" }).click();
    await page.waitForURL(/status=cancelled/u);
    await page.goto(link);
    await page.getByRole("heading", { name: "This link was already used" }).waitFor();
  }));

test("test mode is marked plainly", () =>
  stage.walk("/connect/#test", async (page) => {
    await page.getByText("Test mode").waitFor();
  }));

test("Swedish: the page and the connector's own texts; the language can be changed", () =>
  stage.walk("/connect/#swedish", async (page) => {
    await page.getByRole("heading", { level: 1, name: "Anslut Centra till Northshore Market" }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), "sv");
    await field(page, "integration_api_token").focus();
    await page.getByRole("complementary").getByText("Den visas bara en gång.").waitFor();
    await submit(page);
    await page.getByText("Butikens adress: Fyll i det här fältet.").waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("heading", { level: 1, name: "Connect Centra to Northshore Market" }).waitFor();
  }));

test("a channel's colour is used only where it can be read", async () => {
  const button = (page) => page.getByRole("button", { name: "Check and connect" }).evaluate((element) => getComputedStyle(element).backgroundColor);
  await stage.walk("/connect/#new", async (page) => assert.equal(await button(page), "rgb(31, 111, 92)"));
  await stage.walk("/connect/#pale", async (page) => assert.equal(await button(page), "rgb(42, 79, 196)", "too pale in light"));
  await stage.walk("/connect/#pale", async (page) => assert.equal(await button(page), "rgb(255, 225, 77)", "readable in dark"), { colorScheme: "dark" });
});

test("with the keyboard alone, from the first field to the channel", () =>
  stage.walk("/connect/#new", async (page) => {
    const press = (key) => page.keyboard.press(key);
    const tabTo = async (id) => {
      for (let count = 0; count < 40; count += 1) {
        if ((await focused(page)) === id) return;
        await press("Tab");
      }
      assert.fail(`${id} cannot be reached with Tab`);
    };
    const tabToButton = async (name) => {
      for (let count = 0; count < 60; count += 1) {
        if ((await page.evaluate(() => document.activeElement?.textContent ?? "")).startsWith(name)) return;
        await press("Tab");
      }
      assert.fail(`the button ${name} cannot be reached with Tab`);
    };
    await field(page, "store_url").waitFor();
    await tabTo("credentials_store_url");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, "solid", "the focus is visible");
    await page.keyboard.type("acme.centra.com");
    await tabTo("credentials_integration_api_token");
    await page.keyboard.type("good-token-0123456789abcdef");
    await press("Enter");
    await page.getByRole("button", { name: "Continue" }).waitFor();
    await tabToButton("Continue");
    await press("Enter");
    await page.getByRole("heading", { name: /read\?$/u }).waitFor();
    await tabToButton("Confirm and connect");
    await page.clock.install();
    await press("Enter");
    await page.getByRole("heading", { name: "Centra is connected" }).waitFor();
    await tabToButton("Return to");
    await press("Enter");
    await page.waitForURL(/status=connected/u);
  }));

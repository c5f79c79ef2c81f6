// The credentials form: mistakes, cleaning, secrets, guide, drafts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { focused, withBrowser } from "./browser.mjs";
import { alert, field, fill, submit, unfold } from "./credentials_form.mjs";

const stage = withBrowser();

test("an empty submit names every field, takes the focus and leads to each", () =>
  stage.walk("/connect/#new", async (page) => {
    await field(page, "store_url").waitFor();
    await submit(page);
    await alert(page).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("role")), "alert");
    const lines = await alert(page).getByRole("button").allInnerTexts();
    assert.deepEqual(lines, ["Store URL: Fill in this field.", "Integration API Token: Fill in this field."]);
    await alert(page).getByRole("button").nth(1).click();
    assert.equal(await focused(page), "credentials_integration_api_token");
    assert.equal(await field(page, "integration_api_token").getAttribute("aria-invalid"), "true");
    await page.keyboard.type("x");
    assert.equal(await field(page, "integration_api_token").getAttribute("aria-invalid"), "false");
    assert.equal(await alert(page).getByRole("button").count(), 1);
    assert.ok(!stage.mock.asked.some(({ call }) => call === "POST check"), "nothing was sent");
  }));

test("pasted noise is taken off and said", () =>
  stage.walk("/connect/#new", async (page) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const paste = async (name, text) => {
      await page.evaluate((value) => navigator.clipboard.writeText(value), text);
      await field(page, name).focus();
      await page.keyboard.press("Control+V");
    };
    await paste("integration_api_token", "\u200b “Bearer abcdef-12345678” ");
    assert.equal(await field(page, "integration_api_token").inputValue(), "abcdef-12345678");
    await page.getByText("We removed spaces around it, quotation marks and the word “Bearer”.").waitFor();
    await paste("store_url", "Acme.centra.com/ams/?x=1");
    assert.equal(await field(page, "store_url").inputValue(), "https://acme.centra.com");
    await page.getByText("We removed what followed the address. We added https:// in front. We made it lower case.").waitFor();
  }));

test("what does not fit is said when the field is left, in the schema's own words", () =>
  stage.walk("/connect/#new", async (page) => {
    await field(page, "integration_api_token").fill("two words here");
    await field(page, "store_url").focus();
    await page.getByText("A token has no spaces. Copy it again without anything before or after it.").waitFor();
    assert.equal(await alert(page).count(), 0, "no alarm before a submit");
  }));

test("the first press of the button counts, though leaving the field adds a line above it", () =>
  stage.walk("/connect/#new", async (page) => {
    await field(page, "store_url").fill("https://acme.centra.com");
    await field(page, "integration_api_token").fill("Bearer good-token-0123456789abcdef");
    const submitButton = page.getByRole("button", { name: "Check and connect" });
    await submitButton.scrollIntoViewIfNeeded();
    const button = await submitButton.boundingBox();
    await page.mouse.move(button.x + 30, button.y + 6);
    await page.mouse.down();
    await page.mouse.up();
    await page.getByRole("button", { name: "Continue" }).waitFor();
    assert.equal(stage.mock.asked.findLast(({ call }) => call === "POST check").body.credentials.integration_api_token, "good-token-0123456789abcdef");
  }));

test("a secret is revealed and hidden again", () =>
  stage.walk("/connect/#new", async (page) => {
    const show = page.getByRole("button", { name: "Show Integration API Token" });
    assert.equal(await field(page, "integration_api_token").getAttribute("type"), "password");
    await show.click();
    assert.equal(await field(page, "integration_api_token").getAttribute("type"), "text");
    const hide = page.getByRole("button", { name: "Hide Integration API Token" });
    assert.equal(await hide.innerText(), "Hide");
    await hide.click();
    await show.waitFor();
    assert.equal(await field(page, "integration_api_token").getAttribute("type"), "password");
  }));

test("the guide follows the focused field; permissions and webhook URL can be copied", () =>
  stage.walk("/connect/#new", async (page) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const guide = page.getByRole("complementary", { name: "Guide" });
    await guide.getByRole("heading", { name: "Store URL" }).waitFor();
    await field(page, "integration_api_token").focus();
    await guide.getByRole("heading", { name: "Integration API Token" }).waitFor();
    await guide.getByRole("button", { name: "Copy the list" }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(copied.split("\n").includes("Order:read"), copied);
    await field(page, "token_expires_at").focus();
    await guide.getByRole("heading", { name: "Integration API Token" }).waitFor();
    await unfold(page, "Webhook Endpoint Secret");
    await guide.getByRole("heading", { name: "Recommended values" }).waitFor();
    assert.match(await guide.innerText(), /Max events\s+10[\s\S]*Timeout\s+5 s[\s\S]*Retries\s+2/u);
    await page.getByRole("button", { name: "Copy Webhook URL of this connection" }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\/webhooks\/centra\/whk_/u);
    await page.getByRole("button", { name: "Suggest a secret" }).click();
    assert.match(await field(page, "webhook_endpoint_secret").inputValue(), /^[A-Za-z0-9]{24}$/u);
  }));

test("a draft keeps what is typed but never a secret, and comes back", async () => {
  await stage.walk("/connect/#new", async (page) => {
    const saved = page.waitForResponse((response) => response.url().endsWith("/draft"));
    await fill(page, { checkout: "some-secret-value" });
    await saved;
    const draft = stage.mock.asked.findLast(({ call }) => call === "PUT draft");
    assert.deepEqual(draft.body.credentials, { store_url: "https://acme.centra.com" });
    assert.ok(!JSON.stringify(draft.body).includes("secret-value"));
  });
  await stage.walk("/connect/#resume", async (page) => {
    await page.getByText("Welcome back").waitFor();
    assert.equal(await field(page, "store_url").inputValue(), "https://acme.centra.com");
    assert.equal(await field(page, "token_expires_at").inputValue(), "2030-01-31");
    assert.equal(await field(page, "integration_api_token").inputValue(), "");
  });
});

test("another connector's schema renders with no change", () =>
  stage.walk("/connect/#template", async (page) => {
    await page.getByLabel("Shop address").fill("https://shop.example/catalog.json");
    await page.getByLabel("Access word", { exact: true }).fill("wrong");
    await submit(page);
    await alert(page).getByText("Access word: The shop refuses the access word.").click();
    assert.equal(await focused(page), "credentials_access_word");
    await page.getByLabel("Access word", { exact: true }).fill("open sesame");
    await submit(page);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Only this tag").fill("summer");
    await page.getByRole("button", { name: "Confirm and connect" }).click();
    await page.getByRole("heading", { name: "Template shop is connected" }).waitFor();
    assert.deepEqual(stage.mock.asked.findLast(({ call }) => call === "POST confirm").body, { settings: { only_tag: "summer" }, replace: false });
  }));

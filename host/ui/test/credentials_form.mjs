// Steps of a walk through the credentials form.
import { GOOD_TOKEN } from "../mock/scenarios.mjs";

export const field = (page, name) => page.locator(`#credentials_${name}`);
export const submit = (page) => page.getByRole("button", { name: /^(Check and|Kontrollera och)/u }).click();
export const alert = (page) => page.getByRole("alert");

export async function fill(page, { token = GOOD_TOKEN, checkout } = {}) {
  await field(page, "store_url").fill("https://acme.centra.com");
  await field(page, "integration_api_token").fill(token);
  if (checkout) {
    await unfold(page, "Checkout API Shared Secret");
    await field(page, "checkout_api_shared_secret").fill(checkout);
  }
}

export const unfold = (page, title) => page.getByRole("button", { name: `Add it now : ${title}` }).or(page.getByRole("button", { name: `Add it now: ${title}` })).click();

/** From good credentials to the choices. */
export async function reachChoices(page, given) {
  await fill(page, given);
  await submit(page);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { level: 1, name: /read\?$/u }).waitFor();
}

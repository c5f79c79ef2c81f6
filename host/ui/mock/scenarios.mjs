// What each link does: the token in the link names the scenario.
import { readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));
const exported = (form, name) => JSON.parse(readFileSync(new URL(`../../../schemas/${form}/${name}.json`, import.meta.url), "utf8"));
/** A manifest as recorded, with the forms that are exported today. */
const manifest = (name) => ({ ...read(`${name}.manifest`), credential_schema: exported("credential", name), settings_schema: exported("settings", name) });
export const manifests = { centra: manifest("centra"), template: manifest("template") };
export const found = read("centra.found");
export const refusals = read("centra.refusals");

export const GOOD_TOKEN = "good-token-0123456789abcdef";
export const NO_ORDERS_TOKEN = "no-orders-0123456789abcdef";
export const OTHER_STORE_TOKEN = "other-store-0123456789abcdef";
export const CHECKOUT_SECRET = "right-checkout-secret";
export const STOREFRONT_SECRET = "storefront-secret";
export const STORE = { host: "acme.centra.com", name: "Acme Retail" };

const LOGO =
  "data:image/svg+xml," +
  encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" rx="9" fill="#1f6f5c"/><path d="M11 24 18 11l7 13" fill="none" stroke="#fff" stroke-width="3"/></svg>');

const NORTHSHORE = { name: "Northshore Market", logo_url: LOGO, accent_color: "#1f6f5c" };

/** Every scenario: what differs from an ordinary new connection to Centra. */
export const SCENARIOS = {
  new: {},
  slow: { pace: 900 },
  plain: { channel: { name: "Plain Channel" } },
  pale: { channel: { name: "Pale Channel", accent_color: "#ffe14d" } },
  swedish: { locale: "sv-SE" },
  swedish_meanwhile: { locale: "sv-SE", confirmProblem: [409, "already_connected", "this store is connected already, as conn_1; say that its credentials are to be replaced"] },
  unexplained: { confirmProblem: [409, "quite_new", "The host says something new."] },
  no_expiry: { degraded: true, noExpiry: true },
  test: { environment: "test" },
  template: { connector: "template" },
  resume: { draft: { credentials: { store_url: "https://acme.centra.com" }, settings: { token_expires_at: "2030-01-31" } } },
  duplicate: { duplicate: { connection_id: "conn_1", label: "Acme Retail" } },
  reauth: { mode: "reauth", draft: { credentials: { store_url: "https://acme.centra.com" }, settings: { store_id: 1 } }, store: STORE, secrets_set: ["integration_api_token", "checkout_api_shared_secret"] },
  degraded: { degraded: true },
  cut: { cut: true },
  limited: { limited: true },
  failing: { failing: true },
  wrong_path: { wrongPath: true },
  refused_confirm: { refusedConfirm: true },
  expired: { problem: [410, "session_expired"] },
  used: { problem: [410, "session_used"] },
  checked: { state: "checked", draft: { credentials: { store_url: "https://acme.centra.com" }, settings: {} } },
  cancelled: { state: "cancelled" },
  hanging: { hanging: true },
  unreachable: { unreachable: true },
  malformed: { malformed: true },
  confirm_fails: { confirmFails: true },
  expires_midway: { expiresMidway: true },
};

export function sessionOf(name, address) {
  const scenario = SCENARIOS[name];
  const manifest = manifests[scenario.connector ?? "centra"];
  return {
    state: scenario.state ?? "open",
    mode: scenario.mode ?? "new",
    environment: scenario.environment ?? "live",
    locale: scenario.locale ?? "en",
    expires_at: new Date(Date.now() + 1_800_000).toISOString(),
    channel: scenario.channel ?? NORTHSHORE,
    connector: {
      id: manifest.id,
      name: manifest.name,
      docs_url: manifest.docs_url,
      estimated_minutes: manifest.estimated_minutes,
      permissions: manifest.permissions ?? [],
      webhook_setup: manifest.webhook_setup,
      capabilities: manifest.capabilities,
    },
    credential_schema: scenario.malformed ? {} : manifest.credential_schema,
    settings_schema: manifest.settings_schema,
    draft: scenario.draft ?? { credentials: {}, settings: {} },
    webhook_url: `${address}/webhooks/${manifest.id}/whk_8Zq2nB7xT4`,
    store: scenario.store,
    secrets_set: scenario.secrets_set ?? [],
  };
}

const skip = (check) => ({ id: check.id, title: check.title, status: "skip", message: "Something before it must work first.", duration_ms: 0 });

/** The checks of one try, and its result, as a connector that speaks Swedish as well tells them. */
export function tryCredentials(name, given) {
  const { checks, result } = tried(name, given);
  const said = (text) => text && `På svenska: ${text}`;
  const translated = ({ title, message, fix }) => ({ sv: { title: said(title), message: said(message), fix: said(fix) } });
  const reasons = Object.fromEntries((result.capabilities ?? []).map(({ name: own, reason }) => [own, said(reason)]));
  return { checks: checks.map((check) => ({ ...check, translations: translated(check) })), result: { ...result, reason_translations: { sv: reasons } } };
}

function tried(name, { credentials, settings }) {
  const scenario = SCENARIOS[name];
  if (scenario.connector === "template") return templateTry(credentials);
  const token = credentials.integration_api_token;
  if (token === NO_ORDERS_TOKEN) return refused(refusals.no_order_permission);
  if (token === OTHER_STORE_TOKEN) return refused(otherStore());
  if (token !== GOOD_TOKEN) return refused(refusals.bad_token);
  const secret = credentials.checkout_api_shared_secret;
  if (secret !== undefined && secret !== CHECKOUT_SECRET) return refused(refusals.wrong_checkout_secret);
  if (scenario.wrongPath && settings.checkout_plugin_path !== "checkout-2") return refused(wrongPath());
  return { checks: checksFor(credentials, scenario), result: goodResult(credentials, settings, scenario) };
}

function refused(checks) {
  return { checks, result: { ok: false, cleaned: {}, settings: {}, choices: {}, capabilities: [], permissions_missing: [], permissions_used: [], schema_differences: [], expiries: [] } };
}

function otherStore() {
  return found.checks.map((check) =>
    check.id === "store_found"
      ? { ...check, status: "fail", code: "store_mismatch", pointer: "/integration_api_token", message: "These credentials belong to other.centra.com, but this connection is to acme.centra.com.", fix: "Enter credentials of the same store, or create a new connection." }
      : check,
  );
}

function wrongPath() {
  return found.checks.map((check) =>
    check.id === "checkout_secret"
      ? { ...check, status: "fail", code: "not_found", pointer: "/checkout_plugin_path", message: "There is no Checkout API at /api/checkout.", fix: "Enter the path of your Checkout API plugin." }
      : check,
  );
}

function checksFor(credentials, scenario) {
  return found.checks.map((check) => {
    if (check.id === "checkout_secret" && !credentials.checkout_api_shared_secret) return skip(check);
    if (check.id === "webhook_secret" && !credentials.webhook_endpoint_secret) return skip(check);
    if (scenario.degraded && check.id === "languages_found")
      return { ...check, status: "warn", code: "permission_missing", message: "Translations cannot be read: the token lacks Translation:read.", fix: "Give the token the missing permission.", help_url: "https://centra.dev/integration-api" };
    return check;
  });
}

function goodResult(credentials, settings, scenario) {
  const has = { "cart.realtime": credentials.checkout_api_shared_secret, "webhooks.verified": credentials.webhook_endpoint_secret };
  const capabilities = found.capabilities.map((state) => {
    if (scenario.degraded && state.name === "translations") return { ...state, on: true, degraded: true, reason: "Only the store's own texts are read: the token lacks Translation:read." };
    if (state.name in has && has[state.name]) return { ...state, on: true, reason: state.name === "cart.realtime" ? "Carts are priced by your store." : "Webhooks are taken once the first one arrives." };
    if (state.name === "cart.realtime") return { ...state, reason: "There is no working Checkout API shared secret: carts are priced from synced data." };
    if (state.name === "webhooks.verified") return { ...state, reason: "There is no webhook endpoint secret: changes are noticed by asking at intervals." };
    return state;
  });
  const expiry = settings.token_expires_at;
  const expires_at = expiry ? `${expiry}T00:00:00Z` : new Date(Date.now() + 30 * 86_400_000).toISOString();
  return {
    ok: true,
    cleaned: {},
    settings: found.settings,
    choices: found.choices,
    capabilities,
    permissions_missing: scenario.degraded ? ["Translation:read"] : [],
    permissions_used: found.permissions_used,
    schema_differences: scenario.degraded ? [{ kind: "missing", path: "Display.metaTitle", effect: "Search titles are not read." }] : [],
    store: STORE,
    expiries: scenario.noExpiry ? [] : [{ field: "integration_api_token", expires_at, assumed: !expiry }],
    duplicate: scenario.duplicate,
  };
}

function templateTry({ access_word }) {
  const ok = access_word === "open sesame";
  const check = { id: "shop_answers", title: "The shop answers", status: ok ? "pass" : "fail", message: ok ? "The shop answered." : "The shop refuses the access word.", duration_ms: 3 };
  if (!ok) Object.assign(check, { code: "auth_invalid", pointer: "/access_word", fix: "Copy the access word again." });
  const capabilities = ok ? [{ name: "catalog", on: true, degraded: false, reason: "Products, prices and stock are read." }] : [];
  return { checks: [check], result: { ...refused([]).result, ok, capabilities, store: ok ? { host: "shop.example", name: "Corner shop" } : undefined } };
}

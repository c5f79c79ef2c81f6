//! The credential form: the four fields of Centra's merchant guide.

use schemars::JsonSchema;
use serde::Deserialize;

/// Connect your Centra store. You create these credentials in your Centra AMS, keep control of them, and can revoke
/// them there at any time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "Connect your Centra store",
    extend("x-schema-version" = 1, "x-i18n" = { "sv": {
        "title": "Anslut din Centra-butik",
        "description": "Du skapar uppgifterna i ditt Centra AMS, behåller kontrollen över dem och kan återkalla dem där när som helst." } })
)]
pub struct Credentials {
    /// The address of your Centra AMS, including https.
    #[schemars(
        title = "Store URL",
        length(min = 4, max = 300),
        example = "https://yourbrand.centra.com",
        regex(pattern = r"^\s*(?:(?:[hH][tT][tT][pP][sS]://)?[^\s/?#@:]+|http://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]))(?::\d+)?(?:[/?#]\S*)?\s*$"),
        extend(
            "format" = "uri",
            "x-order" = 1, "x-step" = 1, "x-group" = "store",
            "x-autocomplete" = "url",
            "x-normalize" = ["trim", "lowercase", "add_https", "strip_path"],
            "x-pattern-message" = "Enter the address of your Centra AMS and begin it with https://, such as https://yourbrand.centra.com.",
            "x-help" = {
                "markdown": "Open your Centra AMS and copy the address from your browser. Only the part up to `.com` counts: `https://yourbrand.centra.com`. For a test environment it may be `https://yourbrand.centraqa.com`.",
                "url": "https://centra.dev/integration-api",
                "images": [] },
            "x-i18n" = { "sv": {
                "title": "Butikens adress",
                "description": "Adressen till ditt Centra AMS, med https.",
                "help": "Öppna ditt Centra AMS och kopiera adressen från webbläsaren. Bara delen fram till `.com` behövs: `https://yourbrand.centra.com`.",
                "pattern_message": "Ange adressen till ditt Centra AMS och börja med https://, till exempel https://yourbrand.centra.com." } }
        )
    )]
    pub store_url: String,

    /// Lets us sync your products and manage orders on your behalf. Create it in System > Api Tokens.
    #[schemars(
        title = "Integration API Token",
        length(min = 8, max = 4096),
        regex(pattern = r"^\s*(?:[Bb]earer\s+)?\S+\s*$"),
        extend(
            "format" = "password", "writeOnly" = true, "x-secret" = true,
            "x-order" = 2, "x-step" = 1, "x-group" = "store",
            "x-autocomplete" = "off",
            "x-normalize" = ["trim", "strip_quotes", "strip_bearer"],
            "x-pattern-message" = "A token has no spaces. Copy it again without anything before or after it.",
            "x-expiry" = { "field": "token_expires_at", "default_days": 30 },
            "x-help" = {
                "markdown": "1. In your Centra AMS, go to **System > Api Tokens**.\n2. Click **+ Integration API TOKEN**.\n3. Enter a description, such as the name of the channel.\n4. Select the permissions: at minimum **Products**, **Orders**, **Customers** and **Markets**.\n5. Set the expiration. The default is **30 days**; when the token expires the connection stops working, so choose a longer time for production.\n6. Click **Create** and copy the token. **It is shown only once.**\n\nYou can revoke it at any time: **System > Api Tokens**, select the token, **Revoke**. That disconnects your store immediately.",
                "url": "https://centra.dev/integration-api",
                "images": [] },
            "x-i18n" = { "sv": {
                "title": "Integration API-token",
                "description": "Låter oss synka dina produkter och hantera beställningar åt dig. Skapas under System > Api Tokens.",
                "help": "1. Gå till **System > Api Tokens** i ditt Centra AMS.\n2. Klicka på **+ Integration API TOKEN**.\n3. Ange en beskrivning, till exempel kanalens namn.\n4. Välj behörigheter: minst **Products**, **Orders**, **Customers** och **Markets**.\n5. Ange giltighetstid. Standard är **30 dagar**; när token går ut slutar anslutningen att fungera, så välj en längre tid i produktion.\n6. Klicka på **Create** och kopiera token. **Den visas bara en gång.**\n\nDu kan återkalla den när som helst: **System > Api Tokens**, välj token, **Revoke**. Då kopplas butiken från direkt.",
                "pattern_message": "En token har inga mellanslag. Kopiera den igen utan något före eller efter." } }
        )
    )]
    pub integration_api_token: String,

    /// Enables real-time cart calculations including shipping rates and tax.
    #[schemars(
        title = "Checkout API Shared Secret",
        length(min = 4, max = 4096),
        regex(pattern = r"^\s*(?:[Bb]earer\s+)?\S+\s*$"),
        extend(
            "format" = "password", "writeOnly" = true, "x-secret" = true,
            "x-order" = 3, "x-step" = 2, "x-group" = "cart",
            "x-autocomplete" = "off",
            "x-normalize" = ["trim", "strip_quotes", "strip_bearer"],
            "x-pattern-message" = "A shared secret has no spaces. Copy it again without anything before or after it.",
            "x-enables" = ["cart.realtime"],
            "x-without" = "Carts are calculated by us from the prices, shipping rates and tax rules we synced, not by your store.",
            "x-help" = {
                "markdown": "1. In your Centra AMS, open the **Checkout API** plugin in the plugin list.\n2. Open its settings and find **Shared Secret**.\n3. Copy the value.\n\nThe *Storefront API* plugin has a shared secret too. It is a different one and does not work here.",
                "url": "https://centra.dev/legacy/checkout-api",
                "images": [] },
            "x-i18n" = { "sv": {
                "title": "Checkout API – delad hemlighet",
                "description": "Ger beräkning av varukorgen i realtid, med frakt och skatt.",
                "help": "1. Öppna pluginen **Checkout API** i pluginlistan i ditt Centra AMS.\n2. Öppna inställningarna och leta upp **Shared Secret**.\n3. Kopiera värdet.\n\nPluginen *Storefront API* har också en delad hemlighet. Den är en annan och fungerar inte här.",
                "without": "Varukorgar beräknas av oss med de priser, fraktpriser och skatteregler vi har synkat, inte av din butik.",
                "pattern_message": "En delad hemlighet har inga mellanslag. Kopiera den igen utan något före eller efter." } }
        )
    )]
    pub checkout_api_shared_secret: Option<String>,

    /// Proves that notifications about changes in your store really come from Centra.
    #[schemars(
        title = "Webhook Endpoint Secret",
        length(min = 4, max = 4096),
        regex(pattern = r"^\s*\S+\s*$"),
        extend(
            "format" = "password", "writeOnly" = true, "x-secret" = true,
            "x-order" = 4, "x-step" = 3, "x-group" = "webhooks",
            "x-autocomplete" = "off",
            "x-normalize" = ["trim", "strip_quotes"],
            "x-pattern-message" = "An endpoint secret has no spaces. Copy it again without anything before or after it.",
            "x-generated" = { "bytes": 24, "alphabet": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" },
            "x-enables" = ["webhooks.verified"],
            "x-without" = "We check for changes at intervals instead of instantly.",
            "x-help" = {
                "markdown": "1. In your Centra AMS, open the **Webhook** plugin in the plugin list.\n2. Set the **Webhook URL** to the address shown on this page.\n3. Enter or generate an **Endpoint Secret** and copy the value.\n4. Select the event types and set **Max events** 10, **Timeout** 5 s, **Retries** 2.",
                "url": "https://centra.dev/fundamentals/webhooks",
                "images": [] },
            "x-i18n" = { "sv": {
                "title": "Webhook – endpoint-hemlighet",
                "description": "Bevisar att meddelanden om ändringar i din butik verkligen kommer från Centra.",
                "help": "1. Öppna pluginen **Webhook** i pluginlistan i ditt Centra AMS.\n2. Sätt **Webhook URL** till adressen som visas på den här sidan.\n3. Ange eller skapa en **Endpoint Secret** och kopiera värdet.\n4. Välj händelsetyper och sätt **Max events** 10, **Timeout** 5 s, **Retries** 2.",
                "without": "Vi letar efter ändringar med jämna mellanrum i stället för direkt.",
                "pattern_message": "En endpoint-hemlighet har inga mellanslag. Kopiera den igen utan något före eller efter." } }
        )
    )]
    pub webhook_endpoint_secret: Option<String>,
}

//! The settings form: choices made or confirmed after validation.

use schemars::JsonSchema;
use serde::Deserialize;

/// What we read from your store. Pre-filled during the checks; change it if needed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "Store settings",
    extend("x-schema-version" = 1, "x-i18n" = { "sv": { "title": "Butiksinställningar", "description": "Vad vi läser från din butik. Fylls i under kontrollerna; ändra vid behov." } })
)]
pub struct Settings {
    /// The direct-to-consumer store to connect.
    #[schemars(title = "Store", range(min = 1), extend("x-order" = 1, "x-group" = "store",
        "x-i18n" = { "sv": { "title": "Butik", "description": "Konsumentbutiken som ska anslutas." } }))]
    pub store_id: Option<i64>,
    /// Read only offers and stock of this market. Leave empty for all markets of the store.
    #[schemars(title = "Market", range(min = 1), extend("x-order" = 2, "x-group" = "store",
        "x-without" = "All markets of the store",
        "x-i18n" = { "sv": { "title": "Marknad", "description": "Läs bara erbjudanden och lager för den här marknaden. Lämna tomt för alla marknader i butiken.", "without": "Alla marknader i butiken" } }))]
    pub market_id: Option<i64>,
    /// Read only prices of this pricelist. Leave empty for all active pricelists.
    #[schemars(title = "Pricelist", range(min = 1), extend("x-order" = 3, "x-group" = "store",
        "x-without" = "All active pricelists",
        "x-i18n" = { "sv": { "title": "Prislista", "description": "Läs bara priser i den här prislistan. Lämna tomt för alla aktiva prislistor.", "without": "Alla aktiva prislistor" } }))]
    pub pricelist_id: Option<i64>,
    /// Language of texts shown to shoppers, such as sv or en-GB. Leave empty for the store's own texts.
    #[schemars(title = "Language", length(max = 20), regex(pattern = r"^(?:[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)?$"),
        example = &"sv",
        extend("x-order" = 4, "x-group" = "store", "x-pattern-message" = "Enter a language tag such as sv or en-GB.",
        "x-without" = "The store's own texts",
        "x-i18n" = { "sv": { "title": "Språk", "description": "Språk för texter som visas för kunder, till exempel sv eller en-GB. Lämna tomt för butikens egna texter.", "without": "Butikens egna texter" } }))]
    pub language: Option<String>,
    /// The day the Integration API token expires, as set in Centra. If empty, we assume 30 days from today and remind you before that.
    #[schemars(title = "Token expires on", extend("format" = "date", "x-order" = 5, "x-group" = "token",
        "x-i18n" = { "sv": { "title": "Token går ut", "description": "Dagen då Integration API-token går ut, som den är satt i Centra. Om tomt antar vi 30 dagar från i dag och påminner dig tidigare." } }))]
    pub token_expires_at: Option<String>,
    /// The URI of your Checkout API plugin: the part after /api/ in its address.
    #[schemars(title = "Checkout API path", length(min = 1, max = 100), regex(pattern = r"^[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*$"),
        extend("default" = "checkout", "x-order" = 6, "x-group" = "cart",
        "x-prefix" = "/api/", "x-pattern-message" = "Enter only the part after /api/, such as checkout.",
        "x-i18n" = { "sv": { "title": "Sökväg till Checkout API", "description": "URI för din Checkout API-plugin: delen efter /api/ i adressen." } }))]
    pub checkout_plugin_path: Option<String>,
    /// The API your shop uses with Centra. We price carts through the same one.
    #[schemars(title = "Does your store use Checkout API or Storefront API?", extend("enum" = ["checkout_api", "storefront_api"], "default" = "checkout_api",
        "x-enum-labels" = { "checkout_api": "Checkout API", "storefront_api": "Storefront API" }, "x-order" = 7, "x-group" = "cart",
        "x-i18n" = { "sv": { "title": "Använder din butik Checkout API eller Storefront API?", "description": "Det API som din butik använder med Centra. Vi prissätter varukorgar genom samma API.",
            "enum_labels": { "checkout_api": "Checkout API", "storefront_api": "Storefront API" } } }))]
    pub shop_api: Option<String>,
    /// The API endpoint of your Storefront API plugin of type Session, as its settings show it. Carts are priced through it.
    #[schemars(title = "Storefront API address (Session)", length(min = 1, max = 300), example = &"https://yourbrand.dtc.centraapi.com/api-session",
        extend("x-order" = 8, "x-group" = "cart", "x-visible-when" = { "field": "shop_api", "equals": "storefront_api" },
        "x-i18n" = { "sv": { "title": "Adress till Storefront API (Session)", "description": "API endpoint för din Storefront API-plugin av typen Session, som den står i pluginens inställningar. Varukorgar prissätts genom den." } }))]
    pub storefront_session_url: Option<String>,
    /// The token of that plugin.
    #[schemars(title = "Storefront API token (Session)", length(min = 4, max = 4096), extend("format" = "password", "writeOnly" = true, "x-secret" = true,
        "x-order" = 9, "x-group" = "cart", "x-autocomplete" = "off", "x-visible-when" = { "field": "shop_api", "equals": "storefront_api" },
        "x-i18n" = { "sv": { "title": "Token för Storefront API (Session)", "description": "Den pluginens token." } }))]
    pub storefront_session_token: Option<String>,
    /// The shared secret of that plugin. Without it, market and pricelist are those that your store chooses for the country.
    #[schemars(title = "Storefront API shared secret", length(min = 4, max = 4096), extend("format" = "password", "writeOnly" = true, "x-secret" = true,
        "x-order" = 10, "x-group" = "cart", "x-autocomplete" = "off", "x-visible-when" = { "field": "shop_api", "equals": "storefront_api" },
        "x-without" = "Market and pricelist follow the country",
        "x-i18n" = { "sv": { "title": "Delad hemlighet för Storefront API", "description": "Den pluginens delade hemlighet. Utan den är marknad och prislista de som butiken väljer för landet.", "without": "Marknad och prislista följer landet" } }))]
    pub storefront_shared_secret: Option<String>,
    /// The API endpoint of your Storefront API plugin of type No session. Prices are read through it as your shop charges them, campaigns included.
    #[schemars(title = "Storefront API address (No session)", length(min = 1, max = 300), example = &"https://yourbrand.dtc.centraapi.com/api-no-session",
        extend("x-order" = 11, "x-group" = "cart", "x-visible-when" = { "field": "shop_api", "equals": "storefront_api" },
        "x-i18n" = { "sv": { "title": "Adress till Storefront API (No session)", "description": "API endpoint för din Storefront API-plugin av typen No session. Priser läses genom den som butiken tar dem, med kampanjer." } }))]
    pub storefront_url: Option<String>,
    /// The token of that plugin.
    #[schemars(title = "Storefront API token (No session)", length(min = 4, max = 4096), extend("format" = "password", "writeOnly" = true, "x-secret" = true,
        "x-order" = 12, "x-group" = "cart", "x-autocomplete" = "off", "x-visible-when" = { "field": "shop_api", "equals": "storefront_api" },
        "x-i18n" = { "sv": { "title": "Token för Storefront API (No session)", "description": "Den pluginens token." } }))]
    pub storefront_token: Option<String>,
    /// Whether prices in your pricelists include tax. Only needed when carts are priced without your Checkout API; if unsure, we follow the usual practice of the country.
    #[schemars(title = "Prices include tax", extend("enum" = ["unknown", "yes", "no"], "default" = "unknown",
        "x-enum-labels" = { "unknown": "I do not know", "yes": "Yes, prices include tax", "no": "No, tax is added" }, "x-order" = 13, "x-group" = "cart",
        "x-i18n" = { "sv": { "title": "Priser inkluderar moms", "description": "Om priserna i dina prislistor inkluderar moms. Behövs bara när varukorgar prissätts utan Checkout API; om det är okänt följer vi det som är vanligt i landet.",
            "enum_labels": { "unknown": "Vet inte", "yes": "Ja, momsen ingår i priserna", "no": "Nej, momsen läggs till" } } }))]
    pub prices_include_tax: Option<String>,
    /// How orders from the channel reach your store: through the Order API plugin, through the Checkout API with the External Payment plugin, or not at all.
    #[schemars(title = "Order route", extend("enum" = ["none", "order_api", "external_payment"], "default" = "none",
        "x-enum-labels" = { "none": "Not at all", "order_api": "Order API plugin", "external_payment": "Checkout API with the External Payment plugin" }, "x-order" = 14, "x-group" = "orders",
        "x-i18n" = { "sv": { "title": "Sätt att ta emot beställningar", "description": "Hur kanalens beställningar når din butik: genom Order API-pluginen, genom Checkout API med External Payment-pluginen, eller inte alls.",
            "enum_labels": { "none": "Inte alls", "order_api": "Pluginen Order API", "external_payment": "Checkout API med pluginen External Payment" } } }))]
    pub order_route: Option<String>,
    /// The secret of the plugin that takes orders: Order API or External Payment.
    #[schemars(title = "Order route secret", length(min = 4, max = 4096), extend("format" = "password", "writeOnly" = true, "x-secret" = true,
        "x-order" = 15, "x-group" = "orders", "x-autocomplete" = "off",
        "x-visible-when" = { "field": "order_route", "equals": ["order_api", "external_payment"] },
        "x-i18n" = { "sv": { "title": "Hemlighet för beställningar", "description": "Hemligheten för den plugin som tar emot beställningar: Order API eller External Payment." } }))]
    pub order_route_secret: Option<String>,
    /// The URI of your Order API plugin: the part after /api/ in its address. Its setting Allow Order Create must be on.
    #[schemars(title = "Order API path", length(min = 1, max = 100), regex(pattern = r"^[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*$"),
        extend("default" = "order-api", "x-order" = 16, "x-group" = "orders",
        "x-prefix" = "/api/", "x-pattern-message" = "Enter only the part after /api/, such as order-api.",
        "x-visible-when" = { "field": "order_route", "equals": "order_api" },
        "x-i18n" = { "sv": { "title": "Sökväg till Order API", "description": "URI för din Order API-plugin: delen efter /api/ i adressen. Pluginens inställning Allow Order Create måste vara på." } }))]
    pub order_api_path: Option<String>,
    /// The URI of your External Payment plugin, as its settings show it. This route also needs the Checkout API shared secret.
    #[schemars(title = "External Payment URI", length(min = 1, max = 100), regex(pattern = r"^[A-Za-z0-9._~-]+$"),
        extend("default" = "external-payment", "x-order" = 17, "x-group" = "orders",
        "x-pattern-message" = "Enter only the URI, such as external-payment.",
        "x-visible-when" = { "field": "order_route", "equals": "external_payment" },
        "x-i18n" = { "sv": { "title": "URI för External Payment", "description": "URI för din External Payment-plugin, som den står i pluginens inställningar. Det här sättet behöver också den delade hemligheten för Checkout API." } }))]
    pub external_payment_uri: Option<String>,
    /// The Notifications URL of your External Payment plugin, as its settings show it. Captures are reported there. Leave it empty if your store does not need them.
    #[schemars(title = "External Payment notifications URL", length(min = 8, max = 2_000),
        regex(pattern = r"^\s*(?:[hH][tT][tT][pP][sS]://[^\s/?#@:]+|http://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]))(?::\d+)?[/?]\S+\s*$"),
        extend("format" = "password", "writeOnly" = true, "x-secret" = true,
        "x-order" = 18, "x-group" = "orders", "x-autocomplete" = "off",
        "x-pattern-message" = "Enter the whole address as the plugin's settings show it; it begins with https://.",
        "x-without" = "Captures are not reported to Centra",
        "x-visible-when" = { "field": "order_route", "equals": "external_payment" },
        "x-i18n" = { "sv": { "title": "Adress för notiser till External Payment", "description": "Notifications URL för din External Payment-plugin, som den står i pluginens inställningar. Dit rapporteras debiteringar. Lämna tomt om butiken inte behöver veta om dem.", "without": "Debiteringar rapporteras inte till Centra",
            "pattern_message": "Ange hela adressen som pluginens inställningar visar den; den börjar med https://." } }))]
    pub external_payment_notification_url: Option<String>,
    /// Confirm each order as soon as it is placed, so that your warehouse can ship it. Leave it off if your staff reviews new orders first.
    #[schemars(title = "Confirm orders", extend("default" = false, "x-order" = 19, "x-group" = "orders",
        "x-visible-when" = { "field": "order_route", "equals": ["order_api", "external_payment"] },
        "x-i18n" = { "sv": { "title": "Bekräfta beställningar", "description": "Bekräfta varje beställning så snart den är lagd, så att lagret får skicka den. Lämna av om någon först tittar på nya beställningar." } }))]
    pub confirm_orders: Option<bool>,
    /// First of the order numbers set aside for the channel. With a first and a last number, your store itself refuses a second copy of an order.
    #[schemars(title = "First order number", range(min = 1, max = 2_147_483_647), extend("x-order" = 20, "x-group" = "orders",
        "x-visible-when" = { "field": "order_route", "equals": "order_api" },
        "x-i18n" = { "sv": { "title": "Första ordernumret", "description": "Det första av de ordernummer som är reserverade för kanalen. Med ett första och ett sista nummer avvisar butiken själv en dubblett av en beställning." } }))]
    pub order_number_first: Option<i64>,
    /// Last of the order numbers set aside for the channel; nothing else in your store may use this range.
    #[schemars(title = "Last order number", range(min = 1, max = 2_147_483_647), extend("x-order" = 21, "x-group" = "orders",
        "x-visible-when" = { "field": "order_route", "equals": "order_api" },
        "x-i18n" = { "sv": { "title": "Sista ordernumret", "description": "Det sista av de ordernummer som är reserverade för kanalen; inget annat i butiken får använda dem." } }))]
    pub order_number_last: Option<i64>,
    /// Where the channel's order number is kept, as attribute and element joined by an underscore. If empty, it is written into comments.
    #[schemars(title = "Order attribute", length(max = 100), regex(pattern = r"^(?:[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)+)?$"), example = &"channel_number",
        extend("x-order" = 22, "x-group" = "orders", "x-pattern-message" = "Enter the attribute and its element joined by an underscore, such as channel_number.",
        "x-visible-when" = { "field": "order_route", "equals": "order_api" },
        "x-i18n" = { "sv": { "title": "Orderattribut", "description": "Där kanalens ordernummer sparas, som attribut och element förenade med ett understreck. Om tomt skrivs det i kommentarer." } }))]
    pub order_reference_attribute: Option<String>,
    /// Id of the payment plugin that represents payments taken by the channel. If empty, orders are created without a payment.
    #[schemars(title = "Payment plugin", range(min = 1), extend("x-order" = 23, "x-group" = "orders",
        "x-visible-when" = { "field": "order_route", "equals": "order_api" },
        "x-i18n" = { "sv": { "title": "Betalningsplugin", "description": "Id för den betalningsplugin som står för pengar som kanalen har tagit emot. Om tomt kommer beställningar utan betalning." } }))]
    pub order_payment_plugin_id: Option<i64>,
    /// Maximum age, or distance into the future, of a webhook's signature. Older ones are refused, so that old webhooks cannot be replayed.
    #[schemars(title = "Maximum webhook age (seconds)", range(min = 30, max = 86_400), extend("default" = 300, "x-order" = 24, "x-group" = "webhooks",
        "x-i18n" = { "sv": { "title": "Högsta ålder för webhooks (sekunder)", "description": "Hur gammal eller hur långt in i framtiden en webhooks signatur får vara, i sekunder. Äldre avvisas, så att ingen kan skicka en gammal webhook på nytt." } }))]
    pub webhook_max_age_s: Option<u32>,
    /// Also poll Centra's event queue, about once a minute. Centra must have enabled it for you, and the token needs Event:read, Event:write and an integration name that nobody else uses.
    #[schemars(title = "Poll the event queue", extend("default" = false, "x-order" = 25, "x-group" = "webhooks",
        "x-i18n" = { "sv": { "title": "Händelsekö", "description": "Läs också Centras händelsekö, ungefär en gång i minuten. Centra måste ha slagit på den åt dig, och token behöver Event:read, Event:write och ett integrationsnamn som ingen annan använder." } }))]
    pub event_queue: Option<bool>,
    /// Let channels sell sizes that are marked as preorder. Centra does not say when they can be delivered, so leave it off unless your delivery times hold for them too.
    #[schemars(title = "Sell preorders", extend("default" = false, "x-order" = 26, "x-group" = "store",
        "x-i18n" = { "sv": { "title": "Sälj förbeställningar", "description": "Låt kanaler sälja storlekar som är markerade som förbeställning. Centra säger inte när de kan levereras, så lämna av om inte dina leveranstider gäller även dem." } }))]
    pub sell_preorders: Option<bool>,
    /// The address of a product page in your shop, with {uri} in place of the product's own part. If empty, products have no link.
    #[schemars(title = "Product page address", length(max = 300), regex(pattern = r"^(?:https://[^\s\{\}]+\{uri\}[^\s\{\}]*)?$"), example = &"https://yourbrand.com/product/{uri}",
        extend("x-order" = 27, "x-group" = "store", "x-pattern-message" = "Enter an address that begins with https:// and has {uri} in place of the product's own part.",
        "x-without" = "Products have no link",
        "x-i18n" = { "sv": { "title": "Produktsidans adress", "description": "Adressen till en produktsida i din butik, med {uri} i stället för produktens egen del. Om tomt saknar produkter länk.", "without": "Produkter saknar länk",
            "pattern_message": "Ange en adress som börjar med https:// och har {uri} där produktens egen del står." } }))]
    pub product_page: Option<String>,
}

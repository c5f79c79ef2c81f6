//! The checks of the Storefront API, and prices by their route.

use super::table::Table;

pub(super) const STOREFRONT: Table = &[
    ("The Storefront API prices carts", "Storefront API prissätter varukorgar"),
    ("The Storefront API shared secret works", "Den delade hemligheten för Storefront API fungerar"),
    ("The Storefront API returns prices", "Storefront API ger priser"),
    (
        "In your Centra AMS, open the Storefront API plugin of type Session and copy its API endpoint and its token.",
        "Öppna pluginen Storefront API av typen Session i ditt Centra AMS och kopiera dess API endpoint och token.",
    ),
    (
        "In your Centra AMS, open the Storefront API plugin of type No session and copy its API endpoint and its token.",
        "Öppna pluginen Storefront API av typen No session i ditt Centra AMS och kopiera dess API endpoint och token.",
    ),
    (
        "In your Centra AMS, open the Storefront API plugin of type Session and copy its shared secret. You can also leave the field empty.",
        "Öppna pluginen Storefront API av typen Session i ditt Centra AMS och kopiera dess delade hemlighet. Du kan också lämna fältet tomt.",
    ),
    (
        "The address or the token of the Storefront API plugin of type Session is missing: carts are priced from synced data.",
        "Adressen eller token för pluginen Storefront API av typen Session saknas: varukorgar prissätts med synkade data.",
    ),
    (
        "This is another credential, not the token of the Storefront API.",
        "Det här är en annan uppgift, inte token för Storefront API.",
    ),
    (
        "The Storefront API accepts the token of the Session plugin.",
        "Storefront API godtar token för pluginen av typen Session.",
    ),
    (
        "The Storefront API accepts the token of the No session plugin.",
        "Storefront API godtar token för pluginen av typen No session.",
    ),
    (
        "No shared secret was given: market and pricelist of carts follow the country.",
        "Ingen delad hemlighet angavs: varukorgars marknad och prislista följer landet.",
    ),
    ("The token of the Session plugin must work first.", "Token för pluginen av typen Session måste fungera först."),
    ("The Storefront API accepts the shared secret.", "Storefront API godtar den delade hemligheten."),
    (
        "This is the shared secret of the Checkout API, not the Storefront API's.",
        "Det här är den delade hemligheten för Checkout API, inte för Storefront API.",
    ),
    (
        "This is the shared secret of the Storefront API, not the Checkout API's.",
        "Det här är den delade hemligheten för Storefront API, inte för Checkout API.",
    ),
    ("The Storefront API refuses the shared secret.", "Storefront API godtar inte den delade hemligheten."),
    (
        "No Storefront API plugin of type No session is configured: prices are read from another source.",
        "Ingen plugin Storefront API av typen No session är konfigurerad: priser läses från en annan källa.",
    ),
    (
        "The Storefront API does not answer as expected, so it could not be tested.",
        "Storefront API svarar inte som det ska, så det kunde inte testas.",
    ),
    (
        "The Storefront API refuses the token of its {} plugin.",
        "Storefront API godtar inte token för pluginen av typen {}.",
    ),
    (
        "There is no Storefront API at the address in the settings (HTTP status {}).",
        "Det finns inget Storefront API på adressen i inställningarna (HTTP-status {}).",
    ),
    // Capabilities.
    (
        "They are read through the Storefront API, as the store's own shop charges them.",
        "De läses genom Storefront API, så som butiken själv tar ut dem.",
    ),
    (
        "They are read through the Checkout API, as the store's own shop charges them.",
        "De läses genom Checkout API, så som butiken själv tar ut dem.",
    ),
    (
        "The start or end of a sale appears at the next sync, because campaigns cannot be read (Campaign:read).",
        "Att en rea börjar eller slutar syns vid nästa synk, eftersom kampanjer inte kan läsas (Campaign:read).",
    ),
    (
        "The Storefront API works, but the store's schema or token does not provide the product ids it uses: carts are priced from synced data.",
        "Storefront API fungerar, men butikens schema eller token säger inte vad produkter heter där: varukorgar prissätts med synkade data.",
    ),
];

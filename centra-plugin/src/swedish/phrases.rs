//! The checks: titles, what happened, what to do; and why a capability is on or off.

use super::table::Table;

pub(super) const PHRASES: Table = &[
    // Titles.
    ("The store's address answers", "Butikens adress svarar"),
    ("The Integration API token is accepted", "Integration API-token godtas"),
    ("The store's schema can be read", "Butikens schema kan läsas"),
    ("The token may read products", "Token får läsa produkter"),
    ("The token may read orders", "Token får läsa beställningar"),
    ("The token may read customers", "Token får läsa kunder"),
    ("The token may read markets", "Token får läsa marknader"),
    ("The store's API limits are sufficient", "Butikens API-gränser räcker"),
    ("A consumer (DTC) store exists", "Det finns en konsumentbutik"),
    ("The store has markets", "Butiken har marknader"),
    ("The store has pricelists", "Butiken har prislistor"),
    ("The store's languages are known", "Butikens språk är kända"),
    ("The store's schema fits this connector", "Butikens schema passar den här anslutningen"),
    ("The queue of events can be read", "Händelsekön kan läsas"),
    ("The Checkout API shared secret works", "Den delade hemligheten för Checkout API fungerar"),
    ("The webhook endpoint secret looks right", "Endpoint-hemligheten för webhooks ser riktig ut"),
    // Address and token.
    ("Centra's Integration API answers.", "Centras Integration API svarar."),
    ("The token works.", "Token fungerar."),
    ("The Integration API token is missing.", "Integration API-token saknas."),
    ("The Integration API token must be given first.", "Integration API-token måste anges först."),
    ("The store URL must work first.", "Butikens adress måste fungera först."),
    ("The address must answer first.", "Adressen måste svara först."),
    ("The address and the token must work first.", "Adressen och token måste fungera först."),
    ("The store URL is missing.", "Butikens adress saknas."),
    ("The store URL is not a web address.", "Butikens adress är ingen webbadress."),
    ("The store URL must start with https://, not {}:.", "Butikens adress måste börja med https://, inte {}:."),
    (
        "The store URL must not contain a user name or password.",
        "Butikens adress får inte innehålla användarnamn eller lösenord.",
    ),
    (
        "The store URL must not name port {}: only https on port 443 is used.",
        "Butikens adress får inte ange port {}: bara https på port 443 används.",
    ),
    (
        "The store URL is not a full host name such as yourbrand.centra.com.",
        "Butikens adress är inget fullständigt värdnamn, som yourbrand.centra.com.",
    ),
    (
        "Begin the address with https://, such as https://yourbrand.centra.com.",
        "Börja adressen med https://, till exempel https://yourbrand.centra.com.",
    ),
    (
        "Enter the address of your Centra AMS, such as https://yourbrand.centra.com.",
        "Ange adressen till ditt Centra AMS, till exempel https://yourbrand.centra.com.",
    ),
    (
        "Check the store URL: it is the address of your Centra AMS, such as https://yourbrand.centra.com.",
        "Kontrollera butikens adress: det är adressen till ditt Centra AMS, till exempel https://yourbrand.centra.com.",
    ),
    (
        "In your Centra AMS, go to System > Api Tokens, create a new Integration API token and enter it here.",
        "Gå till System > Api Tokens i ditt Centra AMS, skapa en ny Integration API-token och ange den här.",
    ),
    ("Wait a few minutes and try again.", "Vänta några minuter och försök igen."),
    ("Try again later.", "Försök igen senare."),
    (
        "Centra says that the Integration API token was revoked.",
        "Centra säger att Integration API-token har återkallats.",
    ),
    ("Centra says that the Integration API token has expired.", "Centra säger att Integration API-token har gått ut."),
    (
        "Centra refuses the Integration API token: it is wrong, has expired or was revoked.",
        "Centra godtar inte Integration API-token: den är fel, har gått ut eller har återkallats.",
    ),
    (
        "The address answers with HTTP status {}, not as Centra's Integration API does.",
        "Adressen svarar med HTTP-status {}, inte så som Centras Integration API gör.",
    ),
    ("Centra is unavailable at the moment ({}).", "Centra fungerar inte just nu ({})."),
    (
        "Centra's rate limit is reached: all integrations of this environment share it.",
        "Centras gräns för antal anrop är nådd: alla integrationer i den här miljön delar på den.",
    ),
    ("The store's schema must be readable first.", "Butikens schema måste kunna läsas först."),
    // Permissions.
    ("Products", "Produkter"),
    ("Orders", "Beställningar"),
    ("Customers", "Kunder"),
    ("Markets", "Marknader"),
    ("The queue of events can be read.", "Händelsekön kan läsas."),
    ("{} can be read.", "{} kan läsas."),
    ("{} cannot be read: the token lacks {}.", "{} kan inte läsas: token saknar {}."),
    ("{} can be read, but not completely: the token lacks {}.", "{} kan läsas, men inte helt: token saknar {}."),
    (
        "In your Centra AMS, go to System > Api Tokens and create a token that also has: {}.",
        "Gå till System > Api Tokens i ditt Centra AMS och skapa en token som också har: {}.",
    ),
    (
        "The Integration API token lacks {}. Create a token with it in System > Api Tokens.",
        "Integration API-token saknar {}. Skapa en token med den under System > Api Tokens.",
    ),
    ("Give the token the missing permission.", "Ge token behörigheten som saknas."),
    // Rate limits.
    (
        "The API limits cannot be read; the smallest plan is assumed.",
        "API-gränserna kan inte läsas; vi utgår från det minsta abonnemanget.",
    ),
    ("No action needed; the first sync may be slower.", "Ingen åtgärd behövs; den första synken kan bli långsammare."),
    (
        "Of {} only {} are left. Other integrations of this store share them.",
        "Av {} är bara {} kvar. Butikens andra integrationer delar på dem.",
    ),
    (
        "Let other integrations finish; the first sync continues automatically when the limits allow it.",
        "Låt andra integrationer bli klara; den första synken fortsätter automatiskt när gränserna tillåter.",
    ),
    ("{} requests per {}", "{} förfrågningar per {}"),
    ("{} changes per {}", "{} ändringar per {}"),
    ("{} points of complexity per {}", "{} komplexitetspoäng per {}"),
    ("{} seconds", "{} sekunder"),
    ("hour", "timme"),
    // The store.
    ("A store must be found first.", "En butik måste hittas först."),
    ("{} was found.", "{} hittades."),
    ("{} stores were found; {} is chosen.", "{} butiker hittades; {} har valts."),
    (
        "These credentials belong to {}, but this connection is to {}.",
        "Uppgifterna hör till {}, men den här anslutningen är till {}.",
    ),
    (
        "Enter credentials of the same store, or create a new connection.",
        "Ange uppgifter för samma butik, eller skapa en ny anslutning.",
    ),
    (
        "The token cannot see store {}, or it is not a consumer store.",
        "Token kan inte se butik {}, eller så är den ingen konsumentbutik.",
    ),
    ("The token cannot see any store.", "Token kan inte se någon butik."),
    ("The token can see only wholesale stores.", "Token kan bara se grossistbutiker."),
    (
        "In your Centra AMS, check that the token is not restricted to another store or store type.",
        "Kontrollera i ditt Centra AMS att token inte är begränsad till en annan butik eller butikstyp.",
    ),
    (
        "Without a market nothing can be sold. Create one in your Centra AMS, or check the token's store restriction.",
        "Utan marknad kan inget säljas. Skapa en i ditt Centra AMS, eller kontrollera vilken butik token är begränsad till.",
    ),
    (
        "Without an active pricelist nothing has a price. Activate one in your Centra AMS.",
        "Utan aktiv prislista har inget ett pris. Aktivera en i ditt Centra AMS.",
    ),
    ("There is no market {} in this store.", "Det finns ingen marknad {} i butiken."),
    ("There is no active pricelist {} in this store.", "Det finns ingen aktiv prislista {} i butiken."),
    ("Choose another market.", "Välj en annan marknad."),
    ("Choose another active pricelist.", "Välj en annan aktiv prislista."),
    ("The store has no market.", "Butiken har ingen marknad."),
    ("The store has no active pricelist.", "Butiken har ingen aktiv prislista."),
    ("The only market is {}.", "Den enda marknaden är {}."),
    ("The only active pricelist is {}.", "Den enda aktiva prislistan är {}."),
    ("{} markets were found.", "{} marknader hittades."),
    ("{} active pricelists were found.", "{} aktiva prislistor hittades."),
    (
        "There are no translations; the store's own texts are used.",
        "Det finns inga översättningar; butikens egna texter används.",
    ),
    ("Texts are translated to {}.", "Texterna är översatta till {}."),
    ("No action needed if the store's own texts are enough.", "Inget behöver göras om butikens egna texter räcker."),
    // The schema.
    (
        "The store's schema lacks {}, without which the catalog cannot be read.",
        "Butikens schema saknar {}, och utan det kan sortimentet inte läsas.",
    ),
    (
        "Your entries are correct: a newer version of this connector is needed. Inform the channel's platform.",
        "Inget du skrev är fel: en nyare version av anslutningen behövs. Meddela kanalens plattform.",
    ),
    (
        "The store does not show its schema, so only fields that certainly exist are read.",
        "Butiken visar inte sitt schema, så bara fält som säkert finns läses.",
    ),
    ("No action needed.", "Inget behöver göras."),
    (
        "The store's schema lacks {} fields that are useful but not needed: {}.",
        "Butikens schema saknar {} fält som är bra att ha men inte behövs: {}.",
    ),
    (
        "No action needed; each capability lists its limitations.",
        "Inget behöver göras; vad som saknas står vid varje funktion.",
    ),
    ("Everything can be read; {} fields have other names: {}.", "Allt kan läsas; {} fält har andra namn: {}."),
    ("All data that this connector reads is available.", "Allt som anslutningen läser finns."),
    (
        "Centra's schema has no `{}`, which `{}` cannot do without. A newer version of this connector is needed.",
        "Centras schema saknar `{}`, som `{}` inte klarar sig utan. En nyare version av anslutningen behövs.",
    ),
    // The queue of events.
    (
        "Ask Centra to switch on events for your store, and create a token with Event:read, Event:write and an integration name that nothing else uses; or switch the queue off in the settings.",
        "Be Centra slå på händelser för din butik, och skapa en token med Event:read, Event:write och ett integrationsnamn som inget annat använder; eller stäng av kön i inställningarna.",
    ),
    ("The queue of events cannot be read: {}", "Händelsekön kan inte läsas: {}"),
    // The two secrets.
    (
        "No secret was given: carts are priced from synced data.",
        "Ingen hemlighet angavs: varukorgar prissätts med synkade data.",
    ),
    (
        "This is the Integration API token, not the Checkout API's shared secret.",
        "Det här är Integration API-token, inte den delade hemligheten för Checkout API.",
    ),
    ("A shared secret has no spaces.", "En delad hemlighet har inga mellanslag."),
    (
        "In your Centra AMS, open the Checkout API plugin, find Shared Secret and copy it again. The Storefront API plugin has a shared secret of its own, which does not work here. You can also leave the field empty.",
        "Öppna pluginen Checkout API i ditt Centra AMS, leta upp Shared Secret och kopiera den igen. Pluginen Storefront API har en egen delad hemlighet, som inte fungerar här. Du kan också lämna fältet tomt.",
    ),
    (
        "The Checkout API does not answer, so the secret could not be tested.",
        "Checkout API svarar inte, så hemligheten kunde inte testas.",
    ),
    ("There is no Checkout API at /api/{}.", "Det finns inget Checkout API på /api/{}."),
    (
        "Check the URI of the Checkout API plugin in your Centra AMS and enter it as Checkout API path. A store that has only the Storefront API plugin cannot price carts this way: leave the secret empty.",
        "Kontrollera URI för pluginen Checkout API i ditt Centra AMS och ange den som Sökväg till Checkout API. En butik som bara har pluginen Storefront API kan inte prissätta varukorgar så här: lämna hemligheten tom.",
    ),
    ("The Checkout API accepts the secret.", "Checkout API godtar hemligheten."),
    (
        "At /api/{} the Storefront API answers, not the Checkout API.",
        "På /api/{} svarar Storefront API, inte Checkout API.",
    ),
    (
        "The Checkout API is unavailable at the moment, so the secret could not be tested.",
        "Checkout API fungerar inte just nu, så hemligheten kunde inte testas.",
    ),
    ("The Checkout API refuses the secret.", "Checkout API godtar inte hemligheten."),
    ("The Checkout API answers, but does not accept the secret.", "Checkout API svarar, men godtar inte hemligheten."),
    (
        "In your Centra AMS, open the Webhook plugin, enter or generate an Endpoint Secret and copy it here.",
        "Öppna pluginen Webhook i ditt Centra AMS, ange eller skapa en Endpoint Secret och kopiera den hit.",
    ),
    (
        "No secret was given: changes are checked for at intervals.",
        "Ingen hemlighet angavs: vi letar efter ändringar med jämna mellanrum.",
    ),
    ("An endpoint secret has no spaces.", "En endpoint-hemlighet har inga mellanslag."),
    (
        "This is the Integration API token, not the endpoint secret.",
        "Det här är Integration API-token, inte endpoint-hemligheten.",
    ),
    (
        "The endpoint secret is the same as the Checkout API's secret.",
        "Endpoint-hemligheten är densamma som hemligheten för Checkout API.",
    ),
    (
        "The endpoint secret has fewer than {} characters and could be guessed.",
        "Endpoint-hemligheten har färre än {} tecken och skulle kunna gissas.",
    ),
    (
        "The secret has the format of an endpoint secret; the first webhook confirms it.",
        "Hemligheten har rätt format för en endpoint-hemlighet; den första webhooken bekräftar den.",
    ),
    // Capabilities.
    ("Offers, variants and pictures are read.", "Erbjudanden, varianter och bilder läses."),
    ("Prices are read.", "Priser läses."),
    (
        "Sale prices are computed from the store's campaigns; automatic cart discounts appear only where the store prices the cart.",
        "Reapriser räknas ut från butikens kampanjer; automatiska varukorgsrabatter syns bara där butiken prissätter varukorgen.",
    ),
    (
        "Sale prices are not known, because campaigns cannot be read (Campaign:read): where the store does not price the cart, regular prices apply.",
        "Reapriser är inte kända, eftersom kampanjer inte kan läsas (Campaign:read): där butiken inte prissätter varukorgen gäller ordinarie priser.",
    ),
    ("Stock is read.", "Lager läses."),
    ("Markets and languages are read.", "Marknader och språk läses."),
    ("Tax rules are read.", "Skatteregler läses."),
    ("Shipping rates are read.", "Fraktpriser läses."),
    ("Orders, shipments and returns are read.", "Beställningar, leveranser och returer läses."),
    ("Customers are read.", "Kunder läses."),
    ("The store could not be reached with these credentials.", "Butiken kunde inte nås med de här uppgifterna."),
    ("Translated texts are read.", "Översatta texter läses."),
    (
        "The store's schema or token does not let translations be read.",
        "Butikens schema eller token tillåter inte att översättningar läses.",
    ),
    (
        "The store's schema or token does not let it be read.",
        "Butikens schema eller token tillåter inte att det läses.",
    ),
    (
        "The store prices carts, with its own shipping and tax.",
        "Butiken prissätter varukorgar, med egen frakt och moms.",
    ),
    (
        "The Checkout API accepts the secret, but the store's schema or token does not provide the product ids it uses: carts are priced from synced data.",
        "Checkout API godtar hemligheten, men butikens schema eller token säger inte vad produkter heter där: varukorgar prissätts med synkade data.",
    ),
    (
        "There is no working Checkout API shared secret: carts are priced from synced data.",
        "Det finns ingen fungerande delad hemlighet för Checkout API: varukorgar prissätts med synkade data.",
    ),
    ("Webhooks are checked with the endpoint secret.", "Webhooks kontrolleras med endpoint-hemligheten."),
    (
        "The store's schema or token does not allow finding products by the ids in webhooks: their changes arrive with the next sync.",
        "Butikens schema eller token tillåter inte att produkter hittas med de id:n som webhooks anger: deras ändringar kommer med nästa synk.",
    ),
    (
        "There is no usable webhook endpoint secret: changes are checked for at intervals.",
        "Det finns ingen användbar endpoint-hemlighet för webhooks: vi letar efter ändringar med jämna mellanrum.",
    ),
    ("Orders cannot be confirmed.", "Beställningar kan inte bekräftas."),
    (
        "Orders cannot be held, and single lines cannot be cancelled.",
        "Beställningar kan inte pausas, och enskilda rader kan inte avbrytas.",
    ),
    ("Orders cannot be cancelled.", "Beställningar kan inte avbrytas."),
    ("Shipments cannot be created.", "Leveranser kan inte skapas."),
    ("Shipments cannot be completed.", "Leveranser kan inte skickas."),
    ("Returns cannot be created.", "Returer kan inte skapas."),
    ("Refunds cannot be made.", "Pengar kan inte betalas tillbaka."),
    ("Orders cannot be read, so they are not changed.", "Beställningar kan inte läsas, så de ändras inte."),
    ("The store's schema does not let orders be changed.", "Butikens schema tillåter inte att beställningar ändras."),
    (
        "Orders can be confirmed, held, cancelled, shipped and returned if the token has Order:write, Shipment:write and Return:write (checked on first use).",
        "Beställningar kan bekräftas, pausas, avbrytas, skickas och returneras om token har Order:write, Shipment:write och Return:write (prövas vid första användningen).",
    ),
    (
        "Your store cannot receive orders yet: choose an order route in the settings.",
        "Butiken kan inte ta emot beställningar än: välj ett sätt att ta emot beställningar i inställningarna.",
    ),
    (
        "An order route is chosen, but the secret of its plugin is missing: enter it as Order route secret.",
        "Ett sätt att ta emot beställningar är valt, men hemligheten för dess plugin saknas: ange den som Hemlighet för beställningar.",
    ),
    (
        "Orders cannot be read, so the outcome of an order could not be verified.",
        "Beställningar kan inte läsas, så resultatet av en beställning kan inte verifieras.",
    ),
    (
        "Orders are placed through the Order API; the first one confirms its secret.",
        "Beställningar läggs genom Order API; den första bekräftar dess hemlighet.",
    ),
    (
        "Orders are placed through the Checkout API and External Payment; the first one confirms its secret.",
        "Beställningar läggs genom Checkout API och External Payment; den första bekräftar dess hemlighet.",
    ),
    (
        "Orders through External Payment need a working Checkout API shared secret.",
        "Beställningar genom External Payment behöver en fungerande delad hemlighet för Checkout API.",
    ),
    (
        "The store's schema or token does not provide the product ids that the Checkout API uses.",
        "Butikens schema eller token säger inte vad produkter heter i Checkout API.",
    ),
    (
        "The token cannot read payments (PaymentHistory:read), so orders need manual resolution when an answer is lost.",
        "Token kan inte läsa betalningar (PaymentHistory:read), så beställningar måste kontrolleras manuellt när ett svar går förlorat.",
    ),
    ("`{}` cannot be read.", "`{}` kan inte läsas."),
    ("The clocks of host and store agree", "Värdens och butikens klockor går lika"),
    (
        "This host's clock is {} s ahead of Centra's: changes made in that time may arrive late.",
        "Värdens klocka går {} s före Centras: ändringar under den tiden kan komma sent.",
    ),
    (
        "This host's clock is {} s behind Centra's: signatures of webhooks may be refused as made in the future.",
        "Värdens klocka går {} s efter Centras: webhookars signaturer kan avvisas som gjorda i framtiden.",
    ),
    ("Synchronise the host's clock with a time server.", "Synkronisera värdens klocka med en tidsserver."),
    (
        "Something between this host and Centra answered, not Centra ({}): it refused the request; the credentials may still be valid.",
        "Något mellan värden och Centra svarade, inte Centra ({}): det avvisar förfrågan och säger ingenting om uppgifterna.",
    ),
    (
        "Let the requests of this host pass the firewall or proxy in front of the store; the credentials need not be changed. Then try again.",
        "Låt värdens förfrågningar passera brandväggen eller proxyn framför butiken; uppgifterna behöver inte ändras. Försök sedan igen.",
    ),
    (
        "The token could not be tested: something between this host and Centra answered.",
        "Token kunde inte testas: något mellan värden och Centra svarade.",
    ),
    (
        "Something between this host and Centra answered, so the secret could not be tested.",
        "Något mellan värden och Centra svarade, så hemligheten kunde inte testas.",
    ),
    (
        "The token cannot read shipping options (ShippingOption:read): only options returned by a store quote can be ordered.",
        "Token kan inte läsa leveranssätt (ShippingOption:read): bara de som butikens prisförslag har nämnt kan beställas.",
    ),
    (
        "The token cannot read shipping options (ShippingOption:read), and there is no Checkout API that returns them: orders that choose one are refused.",
        "Token kan inte läsa leveranssätt (ShippingOption:read), och inget Checkout API nämner dem: beställningar som väljer ett avvisas.",
    ),
];

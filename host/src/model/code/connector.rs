//! Codes of the contract: what a connector reports about its platform, and the host about a connector.

use super::row::{RetryClass as Retry, Row};
use crate::model::Exit;

pub(super) const CONFIG_INVALID: Row = Row::new(422, Exit::Refused, Retry::Never)
    .means("A credential or setting has the wrong form; `field_errors` names it.")
    .cause("A required field is missing, or a value that the form or the connector cannot use, such as a malformed address.")
    .remedy("Correct the field named; nothing was sent to the platform by the form's own checks.");

pub(super) const AUTH_INVALID: Row = Row::new(422, Exit::Refused, Retry::AfterChange)
    .means("The platform rejected the credentials without a reason. During a sync, the connection becomes `reauth_required`.")
    .cause("A typing mistake, a secret of another kind in the field, or a token that was deleted.")
    .remedy("Copy the token again, or make a new one.");

pub(super) const AUTH_EXPIRED: Row = Row::new(422, Exit::Refused, Retry::AfterChange)
    .means("The platform reports that the credentials have expired. The connection becomes `reauth_required`.")
    .cause("The token's expiry date has passed.")
    .remedy("Make a new token with a later expiry date.");

pub(super) const AUTH_REVOKED: Row = Row::new(422, Exit::Refused, Retry::AfterChange)
    .means("The platform reports that the credentials were revoked. The connection becomes `reauth_required`.")
    .cause("Someone revoked the token.")
    .remedy("Ask the merchant; make a new token if it was a mistake.");

pub(super) const PERMISSION_MISSING: Row = Row::new(422, Exit::Refused, Retry::AfterChange)
    .means("The credentials lack permissions; `missing_permissions` names them in the platform's own words.")
    .cause("A box was not ticked when the token was made.")
    .remedy("Add the permissions to the token, or make a new token with them; then run `connection check`.");

pub(super) const SCHEMA_INCOMPATIBLE: Row = Row::new(422, Exit::Refused, Retry::AfterChange)
    .means("The platform's live schema lacks a field that the connector needs; the message names it.")
    .cause("The platform changed, or the connector was written for another version.")
    .remedy(
        "Run `connection probe --record` and send its list of differences to the connector's author; a newer plugin is needed.",
    );

pub(super) const RATE_LIMITED: Row = Row::new(503, Exit::Unavailable, Retry::RetryAfter)
    .expected()
    .means("The platform's rate limit is reached, or its quota does not allow the request before the deadline.")
    .cause("The quota is shared with the merchant's other integrations.")
    .remedy("Wait as long as the message says. The host retries automatically until the deadline.");

pub(super) const UNREACHABLE: Row = Row::new(502, Exit::Unavailable, Retry::Retry)
    .means("The address cannot be reached: name resolution, connection or TLS failed.")
    .cause("A wrong address, a firewall, an expired certificate; the message says which.")
    .remedy("Open the address in a browser; correct it, or wait.");

pub(super) const ADDRESS_FORBIDDEN: Row = Row::new(422, Exit::Refused, Retry::Never)
    .means("The host may not connect to the address.")
    .cause(
        "Another scheme than https, another port than 443, a user name in the address, or a name or IP address that leads into a private network.",
    )
    .remedy(
        "Use the store's public address. For a test store on this machine, see [private networks](operations.md#private-networks).",
    );

pub(super) const TIMEOUT: Row = Row::new(502, Exit::Unavailable, Retry::Retry)
    .means("The platform did not answer in time.")
    .cause("A slow platform or network.")
    .remedy("Try again; raise `network.timeout_s` if it is always slow.");

pub(super) const PLATFORM_UNAVAILABLE: Row = Row::new(502, Exit::Unavailable, Retry::Retry)
    .means("The platform is temporarily unavailable: it returned a server error, or closed the connection.")
    .remedy("Try again later.");

pub(super) const BLOCKED: Row = Row::new(502, Exit::Unavailable, Retry::Retry)
    .means(
        "A firewall, a proxy or a page that asks for a challenge refused the request. The credentials may still be valid, and the connection's status does not change.",
    )
    .cause("The host's address is not on an allow list, or the store uses bot protection.")
    .remedy("Add the host's address to the allow list. The host retries automatically.");

pub(super) const PLATFORM_ANSWER_INVALID: Row = Row::new(502, Exit::Unavailable, Retry::AfterChange)
    .means("The platform's response cannot be parsed.")
    .cause("The address is not the platform's, the response is an error page, or it was truncated.")
    .remedy(
        "Check the address; if it is right, record it with `connection probe --record` and send it to the connector's author.",
    );

pub(super) const TOO_LARGE: Row = Row::new(502, Exit::Unavailable, Retry::AfterChange)
    .means("A response, request or value is larger than its limit.")
    .remedy("Lower `sync.page_limit`, or raise `network.max_body_bytes`.");

pub(super) const PAGING_ENDLESS: Row = Row::new(502, Exit::Unavailable, Retry::AfterChange)
    .means(
        "A list does not end: a page links back to an earlier one, or pages contain nothing new. The stream fails, the other streams are read; what was read is kept.",
    )
    .cause("A defect of the platform or of the connector.")
    .remedy("Look at the store's paging and report it to the connector's author.");

pub(super) const LIMIT_REACHED: Row = Row::new(502, Exit::Unavailable, Retry::AfterChange)
    .means(
        "The store has more records than the host reads in one pass or keeps for one connection; the message names the setting. The stream fails.",
    )
    .remedy("Check whether the store is really that large, then raise the setting.");

pub(super) const NOT_FOUND: Row = Row::new(404, Exit::NotFound, Retry::Never)
    .means("It does not exist, belongs to another channel, or is live while the key is for tests.")
    .cause("A typing mistake, or it was removed here or on the platform.")
    .remedy("Check the id; `connection list`, `plugin list` and `catalog list` show what there is.");

pub(super) const CONFLICT: Row = Row::new(409, Exit::Refused, Retry::AfterChange)
    .means("The state on the platform does not allow the operation, for example cancelling an order that was shipped.")
    .remedy("Fetch the resource again and decide based on its new state.");

pub(super) const INVALID_REQUEST: Row = Row::new(422, Exit::Usage, Retry::Never)
    .means("A field of the request is wrong or breaks a limit; `errors[]` or `field_errors` names each.")
    .cause(
        "A missing or unknown field, an unknown or ambiguous SKU, a quantity of 0, another currency. From a plugin: a defect of the plugin.",
    )
    .remedy("Correct the fields named. See also [messages of a quote](#messages-of-a-quote).");

pub(super) const CHECKPOINT_INVALID: Row = Row::new(502, Exit::Plugin, Retry::Retry)
    .means("The connector cannot use the stored checkpoint. The stream fails in that run.")
    .cause("The plugin was replaced in the middle of a run by a version with other checkpoints.")
    .remedy("Run `sync` again: the next run reads the stream from the start.");

pub(super) const UNSUPPORTED_OPERATION: Row = Row::new(422, Exit::Plugin, Retry::Never)
    .means("The connector does not support the operation, or the host has no such service.")
    .cause("The operation is not in the connector's manifest.")
    .remedy("Nothing, or ask the connector's author.");

pub(super) const PLUGIN_PANICKED: Row = Row::new(502, Exit::Plugin, Retry::Retry)
    .means(
        "The plugin panicked. The call failed; the host keeps running. It counts towards [quarantine](#plugin_quarantined).",
    )
    .remedy("Report the message to the plugin's author.");

pub(super) const PLUGIN_TIMEOUT: Row = Row::new(502, Exit::Plugin, Retry::Retry)
    .means("The plugin did not answer before the deadline. It counts towards quarantine.")
    .cause("A slow platform, or a plugin that hangs.")
    .remedy("Try again; raise `sync.page_timeout_s` if pages are large.");

pub(super) const PLUGIN_QUARANTINED: Row = Row::new(503, Exit::Plugin, Retry::RetryAfter)
    .expected()
    .means("The plugin failed too often and is not called until a pause has passed.")
    .cause(
        "5 faults (panic, missed deadline, broken answer) within 60 s. The pause is 30 s and doubles each time, up to an hour. After two calls that cannot be stopped, it is not called until the host restarts. A plugin that is held back is not called until an operator releases it; the message says why.",
    )
    .remedy("Read the last fault in the message; report it to the author.");

pub(super) const PLUGIN_CONTRACT_BROKEN: Row = Row::new(502, Exit::Plugin, Retry::AfterChange)
    .means(
        "The plugin's answer breaks the contract: unreadable JSON, a record of the wrong kind, a page that links to itself, a validation that fails without a failed check, an answer over 64 MiB. It counts towards quarantine.",
    )
    .remedy("Run `plugin verify` on the file and report it to the author.");

pub(super) const REPLAY_MISSING: Row = Row::new(502, Exit::Unavailable, Retry::Never)
    .means("The recording contains no response to the request.")
    .cause("The connector sends other requests than when it was recorded.")
    .remedy("Record again.");

pub(super) const HOST_FAILED: Row = Row::new(502, Exit::Unexpected, Retry::Retry)
    .means("A service of the host failed while a connector used it, or the host is shutting down.")
    .remedy("Read the message; it is often the database or the disk.");

pub(super) const CONNECTOR_FAILED: Row = Row::new(502, Exit::Plugin, Retry::AfterChange)
    .means("The connector reports a code that this host does not know; the message begins with it.")
    .cause("A plugin built against a newer contract, or one that uses codes of its own.")
    .remedy("Read the message; update the host, or ask the connector's author.");

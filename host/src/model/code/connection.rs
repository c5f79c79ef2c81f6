//! Codes of connections: connect sessions, credentials, syncs.

use super::row::{RetryClass as Retry, Row};
use crate::model::Exit;

pub(super) const SESSION_UNKNOWN: Row = Row::new(401, Exit::NotFound, Retry::Never)
    .means("The token of the link is not known.")
    .remedy("Ask the channel for a new link.");

pub(super) const SESSION_EXPIRED: Row =
    Row::new(410, Exit::Refused, Retry::Never).means("The link has expired.").remedy("Ask the channel for a new link.");

pub(super) const SESSION_USED: Row = Row::new(410, Exit::Refused, Retry::Never)
    .means("The link was used or cancelled.")
    .remedy("Ask the channel for a new link.");

pub(super) const SECRET_IN_DRAFT: Row = Row::new(422, Exit::Refused, Retry::Never)
    .means("A draft holds a secret field; drafts are stored readable.")
    .remedy("Send secrets with the checks only.");

pub(super) const TOO_MANY_CHECKS: Row = Row::new(429, Exit::Busy, Retry::RetryAfter)
    .means("One session ran more than five checks in a minute.")
    .remedy("Wait as `Retry-After` says.");

pub(super) const NOT_CHECKED: Row = Row::new(409, Exit::Refused, Retry::AfterChange)
    .means("The session is confirmed before its checks passed.")
    .remedy("Run the checks first.");

pub(super) const RESULT_REFUSED: Row = Row::new(422, Exit::Refused, Retry::Never)
    .means("The result token is not valid, has expired, or was redeemed.")
    .remedy("Take the connection from `GET /v1/connections`.");

pub(super) const NO_CHANNEL: Row = Row::new(409, Exit::Refused, Retry::Never)
    .means("The connection belongs to no channel, so that there is no page to send its merchant back to.")
    .remedy("Use `connection update` instead.");

pub(super) const ALREADY_CONNECTED: Row = Row::new(409, Exit::Refused, Retry::AfterChange)
    .means("The channel has a connection to this store already.")
    .remedy("Confirm with `replace` to update its credentials, or disconnect it first.");

pub(super) const VALIDATION_FAILED: Row = Row::new(422, Exit::Refused, Retry::AfterChange)
    .means("A check of the connection failed; nothing was stored.")
    .cause("Wrong address, refused token, missing permission.")
    .remedy("Follow the advice of the failed checks; the command line has them in `details`.");

pub(super) const OTHER_STORE: Row = Row::new(422, Exit::Refused, Retry::Never)
    .means("The credentials belong to another store than the connection.")
    .cause("A token of a second store, or a new address.")
    .remedy("Use a token of the same store, or add a new connection.");

pub(super) const NOT_READY: Row = Row::new(409, Exit::Refused, Retry::AfterChange)
    .means("The connection's state forbids it.")
    .cause("The connection is `reauth_required`, paused or `disconnected`.")
    .remedy(
        "Renew the credentials with `connection update ID --credentials-file FILE`, or resume it; a disconnected store must be connected anew.",
    );

pub(super) const CONNECTOR_UNAVAILABLE: Row = Row::new(503, Exit::Plugin, Retry::RetryAfter)
    .expected()
    .means("No loaded plugin has the connection's connector at the moment. The connection stays as it is.")
    .cause("A file that is missing, was refused, or is not on the allow-list.")
    .remedy(
        "Try again later; operators see in `plugin list`, `doctor` and `/readyz` which plugin is missing, and why.",
    );

pub(super) const CAPABILITY_OFF: Row = Row::new(409, Exit::Refused, Retry::AfterChange)
    .means("The connection cannot do that; the message says why.")
    .cause("An optional credential is missing, or the connector does not support it.")
    .remedy("Have the merchant give the credential named, and run `connection check`.");

pub(super) const CANCELLED: Row = Row::local(Exit::Partial, Retry::Retry)
    .means("The sync was cancelled with Ctrl-C.")
    .remedy("Nothing is lost; the next `sync` goes on at the last page.");

pub(super) const BUSY: Row = Row::local(Exit::Busy, Retry::Retry)
    .means("Another process syncs this connection and is alive.")
    .cause("A second `sync`.")
    .remedy("Wait until the other has ended.");

pub(super) const LEASE_LOST: Row = Row::new(409, Exit::Busy, Retry::Retry)
    .means("Another process took over the work in between.")
    .cause("This process stood still for longer than its lease.")
    .remedy("Nothing: the work goes on there.");

pub(super) const DISK_LOW: Row = Row::local(Exit::Store, Retry::AfterChange)
    .means("Syncs are deferred: less of the database's disk is free than `storage.min_free_bytes`.")
    .cause("Logs, backups, or a store that grows.")
    .remedy("Make room, or lower the setting. Webhooks, orders and events go on as long as there is room.");

pub(super) const OUTDATED: Row = Row::local(Exit::Partial, Retry::Retry)
    .means("A sync run was interrupted and not continued within 24 hours; a new run replaces it.")
    .remedy("Nothing.");

pub(super) const INCOMPLETE: Row = Row::local(Exit::Partial, Retry::Retry)
    .means("A stream was not read as a whole, so that its pass deletes nothing.")
    .remedy("Read the doubts of the stream in the run; the next full pass decides.");

pub(super) const DELETIONS_HELD: Row = Row::local(Exit::Partial, Retry::AfterChange)
    .means("Rows that a full pass did not see stay, because their deletion is doubted.")
    .remedy("Look at `held_deletions` of the connection; accept them, or wait for the next full pass.");

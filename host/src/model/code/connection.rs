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
    .means("A draft contains a secret field; drafts are stored unencrypted.")
    .remedy("Send secrets with the checks only.");

pub(super) const TOO_MANY_CHECKS: Row = Row::new(429, Exit::Busy, Retry::RetryAfter)
    .means("One session ran more than five checks in a minute.")
    .remedy("Wait as `Retry-After` says.");

pub(super) const NOT_CHECKED: Row = Row::new(409, Exit::Refused, Retry::AfterChange)
    .means("The session was confirmed before its checks passed.")
    .remedy("Run the checks first.");

pub(super) const RESULT_REFUSED: Row = Row::new(422, Exit::Refused, Retry::Never)
    .means("The result token is not valid, has expired, or was redeemed.")
    .remedy("Find the connection with `GET /v1/connections`.");

pub(super) const NO_CHANNEL: Row = Row::new(409, Exit::Refused, Retry::Never)
    .means("The connection belongs to no channel, so there is no page to redirect the merchant to.")
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
    .means("The connection's state does not allow the operation.")
    .cause("The connection is `reauth_required`, paused or `disconnected`.")
    .remedy(
        "Renew the credentials with `connection update ID --credentials-file FILE`, or resume it; a disconnected store must be connected again.",
    );

pub(super) const CONNECTOR_UNAVAILABLE: Row = Row::new(503, Exit::Plugin, Retry::RetryAfter)
    .expected()
    .means("No loaded plugin provides the connection's connector at the moment. The connection stays as it is.")
    .cause("A file that is missing, was refused, or is not on the allow-list.")
    .remedy(
        "Try again later; operators see in `plugin list`, `doctor` and `/readyz` which plugin is missing, and why.",
    );

pub(super) const CAPABILITY_OFF: Row = Row::new(409, Exit::Refused, Retry::AfterChange)
    .means("The connection does not support the operation; the message has the reason.")
    .cause("An optional credential is missing, or the connector does not support it.")
    .remedy("Ask the merchant for the credential that the message names, then run `connection check`.");

pub(super) const CANCELLED: Row = Row::local(Exit::Partial, Retry::Retry)
    .means("The sync was cancelled with Ctrl-C.")
    .remedy("Nothing is lost; the next `sync` resumes at the last page.");

pub(super) const BUSY: Row = Row::local(Exit::Busy, Retry::Retry)
    .means("Another running process is syncing this connection.")
    .cause("A second `sync`.")
    .remedy("Wait until that sync has finished.");

pub(super) const LEASE_LOST: Row = Row::new(409, Exit::Busy, Retry::Retry)
    .means("Another process took over the work in the meantime.")
    .cause("This process was suspended for longer than its lease.")
    .remedy("Nothing: the other process continues the work.");

pub(super) const DISK_LOW: Row = Row::local(Exit::Store, Retry::AfterChange)
    .means("Syncs are deferred: less of the data folder's disk is free than `storage.min_free_bytes`.")
    .cause("Logs, backups, or a store that grows.")
    .remedy("Make room, or lower the setting. Webhooks, orders and events go on as long as there is room.");

pub(super) const OUTDATED: Row = Row::local(Exit::Partial, Retry::Retry)
    .means("A sync run was interrupted and not continued within 24 hours; a new run replaces it.")
    .remedy("Nothing.");

pub(super) const INCOMPLETE: Row = Row::local(Exit::Partial, Retry::Retry)
    .means("A stream was not read completely, so its pass deletes nothing.")
    .remedy("Read the doubts of the stream in the run; the next full pass decides.");

pub(super) const DELETIONS_HELD: Row = Row::local(Exit::Partial, Retry::AfterChange)
    .means("Rows that a full pass did not find are kept, because it is not certain that the platform deleted them.")
    .remedy("Look at `held_deletions` of the connection; accept them, or wait for the next full pass.");

//! Codes of events, their endpoints, and webhooks of platforms.

use super::row::{RetryClass as Retry, Row};
use crate::model::Exit;

pub(super) const TOO_MANY_ENDPOINTS: Row = Row::new(409, Exit::Refused, Retry::AfterChange)
    .means("The channel, or operators, have 20 event endpoints already.")
    .cause("Endpoints that are not used any more.")
    .remedy("Remove one with `endpoint remove`.");

pub(super) const ROTATION_RUNNING: Row = Row::new(409, Exit::Refused, Retry::Retry)
    .means("The endpoint's secret was changed less than a day ago; both secrets are valid.")
    .remedy("Wait, or send `at_once` if the secret may have leaked.");

pub(super) const CURSOR_EXPIRED: Row = Row::new(410, Exit::Refused, Retry::Never)
    .means("Events after the cursor were removed because of their age.")
    .cause("The reader fetched no events for longer than `events.retention_days`.")
    .remedy("Read the catalog and the orders again, then read events without a cursor.");

pub(super) const WEBHOOK_REFUSED: Row = Row::new(401, Exit::Refused, Retry::Never)
    .means("A webhook could not be authenticated: its signature is wrong, it is too old, or no secret is stored.")
    .remedy("The connection's refusals show the likely cause (`webhook list`, dashboard); the sender does not see it.");

pub(super) const WEBHOOK_NOT_STORED: Row = Row::new(503, Exit::Store, Retry::RetryAfter)
    .means("A webhook could not be verified or written at the moment.")
    .remedy("Nothing: the platform sends it again. The host's log has the reason.");

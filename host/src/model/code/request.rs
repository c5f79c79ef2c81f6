//! Codes of how a request is sent: address, body, keys, idempotency.

use super::row::{RetryClass as Retry, Row};
use crate::model::Exit;

pub(super) const INVALID_JSON: Row = Row::new(400, Exit::Usage, Retry::Never)
    .means("The body is not valid JSON, or does not match the schema.")
    .remedy("Compare it with `/openapi.json`.");

pub(super) const INVALID_QUERY: Row = Row::new(400, Exit::Usage, Retry::Never)
    .means("A query parameter has the wrong name, type or form.")
    .remedy("Compare it with `/openapi.json`.");

pub(super) const REFUSED: Row = Row::new(400, Exit::Usage, Retry::Never)
    .means("The database rejected a call that breaks one of its rules.")
    .cause("A cursor of another list, a cursor that this host did not issue, or a defect.")
    .remedy("Start the list again without a cursor; report it if that does not help.");

pub(super) const BODY_INCOMPLETE: Row = Row::new(400, Exit::Unavailable, Retry::Retry)
    .means("The connection ended before the body was complete.")
    .remedy("Send the request again.");

pub(super) const BODY_TOO_SLOW: Row = Row::new(408, Exit::Unavailable, Retry::Retry)
    .expected()
    .means("The body arrived more slowly than `advanced.server_body_timeout_s` allows.")
    .remedy("Send the request again, without pauses.");

pub(super) const BODY_TOO_LARGE: Row =
    Row::new(413, Exit::Usage, Retry::Never).means("The body is larger than the limit.").remedy("Send a smaller one.");

pub(super) const UNSUPPORTED_MEDIA_TYPE: Row = Row::new(415, Exit::Usage, Retry::Never)
    .means("The body is not sent as JSON.")
    .remedy("Send `Content-Type: application/json`.");

pub(super) const METHOD_NOT_ALLOWED: Row = Row::new(405, Exit::Usage, Retry::Never)
    .means("The path does not support this method.")
    .remedy("See `/openapi.json`.");

pub(super) const IDEMPOTENCY_KEY_REQUIRED: Row = Row::new(400, Exit::Usage, Retry::Never)
    .means("The header `Idempotency-Key` is missing.")
    .remedy("Send a key of your own: 1 to 255 visible ASCII characters.");

pub(super) const IDEMPOTENCY_KEY_INVALID: Row = Row::new(400, Exit::Usage, Retry::Never)
    .means("The idempotency key has the wrong form.")
    .cause("It is empty, longer than 255 characters, or contains spaces or characters outside ASCII.")
    .remedy("Send 1 to 255 visible ASCII characters.");

pub(super) const IDEMPOTENCY_KEY_REUSED: Row = Row::new(422, Exit::Refused, Retry::Never)
    .means("The idempotency key was used for another request.")
    .cause("One key for two orders, or an order that changed between two attempts.")
    .remedy("Send the same request again, or a new key with the new one.");

pub(super) const IN_FLIGHT: Row = Row::new(409, Exit::Busy, Retry::RetryAfter)
    .means("A request with this idempotency key is still in progress.")
    .cause("The request was repeated too early, or a host stopped while processing it.")
    .remedy("Repeat it after `Retry-After` to get its result.");

pub(super) const KEY_REQUIRED: Row = Row::new(401, Exit::Refused, Retry::Never)
    .means("No API key was sent.")
    .remedy("Send `Authorization: Bearer cck_…`; issue a key with `channel key`.");

pub(super) const KEY_REFUSED: Row = Row::new(401, Exit::Refused, Retry::Never)
    .means("The API key is not valid.")
    .cause("Revoked, of the wrong kind, or copied only in part.")
    .remedy("Issue another with `channel key`.");

pub(super) const OPERATOR_REQUIRED: Row = Row::new(403, Exit::Refused, Retry::Never)
    .means("The operation is for operators.")
    .remedy("Use an operator's live key.");

pub(super) const CHANNEL_KEY_REQUIRED: Row =
    Row::new(403, Exit::Refused, Retry::Never).means("The operation is for channels.").remedy("Use a channel's key.");

pub(super) const ORIGIN_MISMATCH: Row = Row::new(403, Exit::Refused, Retry::Never)
    .means("The dashboard's cookie came with a request of another site's page.")
    .remedy("Open the dashboard under its own address.");

pub(super) const TOO_MANY_KEYS: Row = Row::new(409, Exit::Refused, Retry::AfterChange)
    .means("The channel has two working keys already.")
    .cause("A rotation that was not finished.")
    .remedy("Revoke the old key with `channel revoke`.");

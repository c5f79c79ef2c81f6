//! Paths that more than the router knows, and how much may be sent to a path.

/// Largest body of a request, in bytes.
pub(super) const LARGEST_BODY: usize = 128 * 1024;

/// Where platforms send their webhooks.
pub(super) const WEBHOOKS: &str = "/webhooks/{connection_id}";

/// The same address, as some forms and people write it.
pub(super) const WEBHOOKS_SLASH: &str = "/webhooks/{connection_id}/";

/// Where operators sign in.
pub(super) const LOGIN: &str = "/dashboard/v1/login";

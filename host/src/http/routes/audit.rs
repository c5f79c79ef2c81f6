//! The audit log.

use super::methods::GET;
use crate::{
    core::connection::Listing,
    http::{
        access::Access,
        api::audit,
        openapi::{Api, about},
    },
    model::audit::AuditEntry,
};

pub(super) fn routes(api: Api) -> Api {
    api.tag("audit", "Who changed what, and when.").route(
        GET,
        "/v1/audit",
        audit::list,
        Access::Operator,
        about(
            "listAuditEntries",
            "List audit entries",
            "Returns who changed what and when, newest first: connections and their credentials, channels, keys, event \
             endpoints, held deletions, resolved orders, exports and erasures of personal data, replays, rotations. Entries \
             hold no secrets and no personal data, and are kept for `storage.keep_audit_days`.",
        ),
        |o| o.query::<audit::Filter>().gives::<Listing<AuditEntry>>(200, "A page of entries."),
    )
}

//! Connections: stores that are connected.

use super::methods::{DELETE, GET, POST};
use crate::{
    core::{
        connection::{Listing, RunView},
        job::Snapshot,
        outbox::events::EventPage,
        session::CreatedSession,
    },
    http::{
        access::Access,
        api::{connections, events, held_deletions, operations, runs},
        extract::PageParams,
        openapi::{Api, about},
    },
    model::Code,
};

pub(super) fn routes(api: Api) -> Api {
    of_syncs(of_operators(of_everyone(api)))
}

fn of_everyone(api: Api) -> Api {
    use Access::Key;
    use connections::{ConnectionList, ConnectionView};
    api.tag("connections", "Stores of merchants that are connected to channels.")
        .route(
            GET,
            "/v1/connections",
            connections::list,
            Key,
            about("listConnections", "List connections", "Returns connections, oldest first."),
            |o| o.query::<connections::Filter>().gives::<ConnectionList>(200, "A page of connections."),
        )
        .route(
            GET,
            "/v1/connections/{connection_id}",
            connections::get,
            Key,
            about(
                "getConnection",
                "Get a connection",
                "Returns a connection with its health, capabilities, next sync and held deletions; never a secret.",
            ),
            |o| o.gives::<ConnectionView>(200, "The requested connection."),
        )
        .route(
            DELETE,
            "/v1/connections/{connection_id}",
            connections::disconnect,
            Key,
            about(
                "disconnectConnection",
                "Disconnect a connection",
                "Ends a connection permanently and destroys its secrets. What was read from the store stays readable.",
            ),
            |o| {
                o.takes::<connections::Reason>()
                    .gives::<ConnectionView>(200, "The disconnected connection.")
                    .fails(&[Code::EditConflict])
            },
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/events",
            events::of_connection,
            Key,
            about(
                "listConnectionEvents",
                "List events of a connection",
                "Returns the events of one connection: the same list as `/v1/events`, filtered.",
            ),
            |o| {
                o.query::<events::OfConnection>()
                    .gives::<EventPage>(200, "A page of events.")
                    .fails(&[Code::CursorExpired])
            },
        )
}

fn of_operators(api: Api) -> Api {
    use Access::Operator;
    use connections::ConnectionView;
    api.route(
        POST,
        "/v1/connections/{connection_id}/check",
        operations::check,
        Operator,
        about(
            "checkConnection",
            "Check a connection",
            "Runs the checks of the connector against the platform and stores what they find. An outage of the platform \
             changes nothing.",
        ),
        |o| o.gives::<operations::Checked>(200, "What the checks found.").calls_platform(),
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/sync",
        operations::sync,
        Operator,
        about("syncConnection", "Sync a connection", "Queues a sync of the catalog and the orders."),
        |o| {
            o.takes::<operations::Wanted>().gives::<operations::Queued>(202, "The sync is queued.").fails(&[Code::NotReady])
        },
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/pause",
        operations::pause,
        Operator,
        about("pauseConnection", "Pause scheduled syncs", "Stops scheduled syncs of a connection until it is resumed."),
        |o| o.gives::<ConnectionView>(200, "The paused connection.").fails(&[Code::NotReady, Code::EditConflict]),
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/resume",
        operations::resume,
        Operator,
        about("resumeConnection", "Resume scheduled syncs", "Resumes scheduled syncs of a paused connection."),
        |o| o.gives::<ConnectionView>(200, "The resumed connection.").fails(&[Code::NotReady, Code::EditConflict]),
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/reauth-link",
        operations::reauth_link,
        Operator,
        about(
            "createReauthLink",
            "Create a link to renew credentials",
            "Creates a connect session on which the merchant renews the credentials of a connection, and returns its link.",
        ),
        |o| {
            o.gives::<CreatedSession>(201, "The session with its link.").fails(&[
                Code::NoChannel,
                Code::NotReady,
                Code::ConnectorUnavailable,
                Code::InvalidRequest,
            ])
        },
    )
}

fn of_syncs(api: Api) -> Api {
    use Access::{Key, Operator};
    api.tag("syncs", "Sync runs of a connection, their progress, and deletions that are held.")
        .route(
            GET,
            "/v1/connections/{connection_id}/runs",
            runs::list,
            Key,
            about("listSyncRuns", "List sync runs", "Returns the sync runs of a connection, newest first."),
            |o| o.query::<PageParams>().gives::<Listing<RunView>>(200, "A page of sync runs."),
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/runs/{run_id}",
            runs::get,
            Key,
            about("getSyncRun", "Get a sync run", "Returns a sync run with its streams."),
            |o| o.gives::<RunView>(200, "The sync run."),
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/progress",
            runs::progress,
            Key,
            about(
                "streamSyncProgress",
                "Follow the progress of a sync",
                "Sends server-sent events `progress` with a `Snapshot` as data: one at once, then one for each change.",
            ),
            |o| o.streams::<Snapshot>("Server-sent events `progress`, each with a `Snapshot` as JSON."),
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/held-deletions",
            held_deletions::list,
            Key,
            about(
                "listHeldDeletions",
                "List held deletions",
                "Returns, by stream, how many records a full pass did not find, and why the host doubts that they were deleted.",
            ),
            |o| o.gives::<held_deletions::HeldList>(200, "The held deletions."),
        )
        .route(
            POST,
            "/v1/connections/{connection_id}/held-deletions/accept",
            held_deletions::accept,
            Operator,
            about(
                "acceptHeldDeletions",
                "Accept held deletions",
                "Deletes the records whose deletion is held, of some streams or of all.",
            ),
            |o| {
                o.takes::<held_deletions::Acceptance>()
                    .gives::<held_deletions::AcceptedList>(200, "What was deleted.")
                    .fails(&[Code::NotReady, Code::LeaseLost, Code::EditConflict])
            },
        )
}

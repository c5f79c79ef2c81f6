//! Codes of the host itself: load, shutdown, keys, database, disk.

use super::row::{RetryClass as Retry, Row};
use crate::model::Exit;

pub(super) const UNEXPECTED: Row = Row::new(500, Exit::Unexpected, Retry::Retry)
    .means("An unexpected failure.")
    .cause("A defect, or a machine out of resources.")
    .remedy("Run again with `--log-level debug`, or find `request_id` in the log; report it if it persists.");

pub(super) const OVERLOADED: Row = Row::new(503, Exit::Busy, Retry::RetryAfter)
    .expected()
    .means("The host is overloaded, or this client has used its share (`advanced.server_client_share_percent`).")
    .remedy("Try again as `Retry-After` says.");

pub(super) const TOO_SLOW: Row = Row::new(503, Exit::Busy, Retry::RetryAfter)
    .expected()
    .means("The request took longer than a request may take.")
    .remedy("Try again as `Retry-After` says.");

pub(super) const DRAINING: Row = Row::new(503, Exit::Busy, Retry::RetryAfter)
    .expected()
    .means("The host is shutting down.")
    .remedy("Send requests to another host, or try again as `Retry-After` says.");

pub(super) const WORK_STOPPED: Row = Row::new(503, Exit::Unexpected, Retry::RetryAfter)
    .means("`/readyz`: a kind of background work has no running worker at the moment. It is restarted automatically.")
    .remedy("Find the reason in the log; restart the host if this persists.");

pub(super) const KEYS: Row = Row::new(503, Exit::Store, Retry::AfterChange)
    .means("The keyring cannot be used, or cannot decrypt stored data. Nothing is encrypted until this is fixed; data of other keys stays readable.")
    .cause("A key is missing, damaged, readable by others, or not the key that had its name before.")
    .remedy("Check the log and `doctor`, and restore the right keyring; see [operations](operations.md#keys).");

pub(super) const LIMIT: Row = Row::new(422, Exit::Usage, Retry::Never)
    .means("A value exceeds a limit of the database; the message names the limit.")
    .cause("A checkpoint, state value or credential that is too large.")
    .remedy("Make it smaller.");

pub(super) const EDIT_CONFLICT: Row = Row::new(409, Exit::Busy, Retry::Retry)
    .means("The same resource was changed by another command or request in the meantime.")
    .cause("Two commands or requests on one connection.")
    .remedy("Fetch it again and repeat the change.");

pub(super) const DISK_FULL: Row = Row::new(503, Exit::Store, Retry::AfterChange)
    .means("The database cannot be written.")
    .cause("The disk is full or failing.")
    .remedy(
        "SQLite: make room or move the data folder. PostgreSQL: make room on the server. Nothing committed is lost.",
    );

pub(super) const DATABASE_BUSY: Row = Row::new(503, Exit::Busy, Retry::Retry)
    .means("The database did not become free in time.")
    .cause("SQLite: another program writes for too long. PostgreSQL: the server is overloaded or out of connections, or was lost in a commit and could not say whether it holds.")
    .remedy("Try again; stop the other program, or give the server more connections. If the message says that the outcome is unknown, look at the current state first.");

pub(super) const DATABASE_UNAVAILABLE: Row = Row::new(503, Exit::Store, Retry::AfterChange)
    .means("The database cannot be opened or reached.")
    .cause("SQLite: wrong folder, wrong owner, read-only file system. PostgreSQL: the server does not answer, user or password is wrong, the database does not exist, or the server is a standby.")
    .remedy("Read the message. SQLite: check that the folder exists and belongs to the user the program runs as. PostgreSQL: check `database.url` and the server.");

pub(super) const DATABASE_REPLACED: Row = Row::new(503, Exit::Store, Retry::AfterChange)
    .means("The database file was removed or replaced while the host runs. Writes are rejected, because they would be lost.")
    .cause("Someone moved or restored it under a running program.")
    .remedy("Restore the right file, then restart the host.");

pub(super) const DATABASE_DAMAGED: Row = Row::new(500, Exit::Store, Retry::AfterChange)
    .means("The file is damaged, truncated, or not a database of this program.")
    .cause("A failing disk or an incomplete copy.")
    .remedy("Restore a backup, or move the file away to start empty.");

pub(super) const DATABASE_NEWER: Row = Row::new(500, Exit::Store, Retry::AfterChange)
    .means("A newer version of this program wrote the database.")
    .cause("A downgrade.")
    .remedy("Run the newer program, or restore a backup made before the upgrade.");

pub(super) const DATABASE_FAILED: Row = Row::new(500, Exit::Store, Retry::AfterChange)
    .means("Another failure of the database.")
    .cause("A stored value that cannot be read back, an engine failure.")
    .remedy("Run `doctor`; restore a backup if it finds damage.");

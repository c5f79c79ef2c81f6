//! Codes of the host itself: load, shutdown, keys, database, disk.

use super::row::{RetryClass as Retry, Row};
use crate::model::Exit;

pub(super) const UNEXPECTED: Row = Row::new(500, Exit::Unexpected, Retry::Retry)
    .means("An unexpected failure.")
    .cause("A defect, or a machine out of resources.")
    .remedy("Run again with `--log-level debug`, or find `request_id` in the log; report it if it stays.");

pub(super) const OVERLOADED: Row = Row::new(503, Exit::Busy, Retry::RetryAfter)
    .expected()
    .means("The host has too much to do, or this client uses its whole share (`advanced.server_client_share_percent`).")
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
    .means("`/readyz`: a kind of background work has no living worker at the moment. It is restarted automatically.")
    .remedy("Look into the log for why it ended; restart the host when this stays.");

pub(super) const KEYS: Row = Row::new(503, Exit::Store, Retry::AfterChange)
    .means("The keyring cannot be used, or does not open what it should. Nothing is sealed meanwhile; what other keys sealed goes on.")
    .cause("A key is missing, damaged, readable by others, or another key than the one of its name.")
    .remedy("Operators look at the log and `doctor`, and put the right keyring back; see [operations](operations.md#keys).");

pub(super) const LIMIT: Row = Row::new(422, Exit::Usage, Retry::Never)
    .means("Something is over a limit of the store; the message names the limit.")
    .cause("A checkpoint, state value or credential that is too large.")
    .remedy("Make it smaller.");

pub(super) const EDIT_CONFLICT: Row = Row::new(409, Exit::Busy, Retry::Retry)
    .means("Someone else changed the same thing in between.")
    .cause("Two commands or requests on one connection.")
    .remedy("Read it again and repeat the change.");

pub(super) const DISK_FULL: Row = Row::new(503, Exit::Store, Retry::AfterChange)
    .means("The database cannot be written.")
    .cause("The disk is full or failing.")
    .remedy("Make room or move the data folder; nothing committed is lost.");

pub(super) const DATABASE_BUSY: Row = Row::new(503, Exit::Busy, Retry::Retry)
    .means("Another process kept the database locked for too long.")
    .cause("Two programs write at the same time, one of them slowly.")
    .remedy("Stop the other or try again.");

pub(super) const DATABASE_UNAVAILABLE: Row = Row::new(503, Exit::Store, Retry::AfterChange)
    .means("The database cannot be opened.")
    .cause("Wrong folder, wrong owner, read-only file system.")
    .remedy("Check that the folder exists and belongs to the user the program runs as.");

pub(super) const DATABASE_REPLACED: Row = Row::new(503, Exit::Store, Retry::AfterChange)
    .means("The database file was removed or replaced while the host runs. Nothing is accepted, as it would be lost.")
    .cause("Someone moved or restored it under a running program.")
    .remedy("Put the right file back, start the host again.");

pub(super) const DATABASE_DAMAGED: Row = Row::new(500, Exit::Store, Retry::AfterChange)
    .means("The file is damaged, cut off, or no database of this program.")
    .cause("A failing disk, a half-made copy.")
    .remedy("Restore a backup, or move the file away to start empty.");

pub(super) const DATABASE_NEWER: Row = Row::new(500, Exit::Store, Retry::AfterChange)
    .means("A newer version of this program wrote the database.")
    .cause("A downgrade.")
    .remedy("Run the newer program, or restore a backup made before the upgrade.");

pub(super) const DATABASE_FAILED: Row = Row::new(500, Exit::Store, Retry::AfterChange)
    .means("Another failure of the database.")
    .cause("A stored value that cannot be read back, an engine failure.")
    .remedy("Run `doctor`; restore a backup if it finds damage.");

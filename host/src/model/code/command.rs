//! Codes of the command line alone.

use super::row::{RetryClass as Retry, Row};
use crate::model::Exit;

pub(super) const CONFIGURATION: Row = Row::local(Exit::Usage, Retry::Never)
    .means("The configuration cannot be used, or does not allow the command.")
    .cause("Unknown value, wrong type, number out of range, missing file.")
    .remedy("The message names the value and where it came from; `config check` tries again.");

pub(super) const FILE: Row = Row::local(Exit::Usage, Retry::Never)
    .means("A file given to the command cannot be used.")
    .cause("It does not exist, is too large, is not JSON, or is not a single JSON object.")
    .remedy("Correct the file at the line and column named.");

pub(super) const STREAM: Row = Row::local(Exit::Usage, Retry::Never)
    .means("`catalog list` cannot list this stream: prices and inventory belong to offers.")
    .remedy("Use `catalog show` for one offer, `catalog export` for all.");

pub(super) const STATE: Row = Row::local(Exit::Usage, Retry::Never)
    .means("`order intents` was given a state that intents do not have.")
    .remedy("Use `intended`, `sent`, `confirmed`, `rejected` or `unknown`.");

pub(super) const UNWRITABLE: Row = Row::local(Exit::Usage, Retry::AfterChange)
    .means("A file or folder cannot be written.")
    .cause("No permission, no space, no such folder.")
    .remedy("Name another path or make room.");

pub(super) const RECORDING: Row = Row::new(500, Exit::Usage, Retry::AfterChange)
    .means("A recording cannot be made or read.")
    .cause("The folder of `--record` is not empty, or cannot be written.")
    .remedy("Name a new folder.");

pub(super) const LISTEN: Row = Row::local(Exit::Usage, Retry::AfterChange)
    .means("`serve` cannot listen on the address.")
    .cause("The port is taken, or the address is not this machine's.")
    .remedy("Set another address with `--listen`.");

pub(super) const PLUGIN_REFUSED: Row = Row::local(Exit::Plugin, Retry::AfterChange)
    .means("The plugin file named was refused; `details` has the refusal.")
    .remedy("See [refusal codes](#refusal-codes).");

pub(super) const OUTPUT: Row = Row::local(Exit::Unwritten, Retry::AfterChange)
    .means("The result could not be written to standard output.")
    .cause("A full disk.")
    .remedy("Make room; what is shown only once was revoked, so run the command again.");

pub(super) const READER_GONE: Row = Row::local(Exit::ReaderGone, Retry::Never)
    .means("The reader of the output has gone away; nothing is printed.")
    .cause("A closed pipe, as of `head`.")
    .remedy("Nothing.");

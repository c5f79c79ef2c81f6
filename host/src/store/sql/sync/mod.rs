//! Syncing: claims, runs, pages, and what the end of a stream deletes.

pub(in crate::store) mod deleted;
pub(in crate::store) mod deletion;
pub(in crate::store) mod fetched;
pub(in crate::store) mod held;
pub(in crate::store) mod job;
pub(in crate::store) mod kept;
pub(in crate::store) mod lease;
pub(in crate::store) mod missed;
pub(in crate::store) mod open_stream;
pub(in crate::store) mod page;
pub(in crate::store) mod page_rows;
pub(in crate::store) mod pass;
pub(in crate::store) mod position;
pub(in crate::store) mod run;
pub(in crate::store) mod run_view;
pub(in crate::store) mod shrunk;
pub(in crate::store) mod stream_end;
pub(in crate::store) mod stream_progress;
pub(in crate::store) mod unchanged;

//! Several processes over one database: who lives, what one does for all, who shares a quota.

mod hints;
mod member;
mod share;
mod singleton;

pub(crate) use member::has_ended;
pub(crate) use singleton::hold;

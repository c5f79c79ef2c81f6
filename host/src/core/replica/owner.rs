//! The name of this process among all that ever use a database. A number of the machine's is none: others have the same.

use std::sync::Arc;

use rustix::system::uname;
use uuid::Uuid;

/// Characters of the machine's name that are shown.
const MOST_OF_NAME: usize = 60;

/// A name that no other process has, at any time: the machine's, for people, and a random number.
pub fn fresh() -> Arc<str> {
    let machine = uname();
    let machine = machine.nodename().to_string_lossy();
    let shown = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    let machine: String = machine.chars().filter(shown).take(MOST_OF_NAME).collect();
    // The end of it is the random part.
    let random = Uuid::now_v7().simple().to_string().split_off(16);
    format!("{machine}/{random}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_of_a_machine_have_two_names() {
        let (one, other) = (fresh(), fresh());
        assert_ne!(one, other);
        assert_eq!(one.split('/').next(), other.split('/').next());
        assert!(one.len() <= MOST_OF_NAME + 17 && one.is_ascii(), "{one}");
    }
}

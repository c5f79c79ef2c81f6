//! The date form of `Retry-After` (RFC 9110).

use jiff::Timestamp;

/// `Tue, 24 Nov 2026 22:08:00 GMT`
pub fn write(seconds: i64) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_the_format_of_http() {
        assert_eq!(super::write(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}

//! Times: read from `DateTimeTz` input, written in the PHP date formats that `format` arguments take.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The zone of the simulated store.
const OFFSET_HOURS: i8 = 1;
/// What `format` defaults to: ISO 8601 with offset.
const DEFAULT_FORMAT: &str = "Y-m-d\\TH:i:sP";

fn local(seconds: i64) -> DateTime {
    let timestamp = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    Offset::constant(OFFSET_HOURS).to_datetime(timestamp)
}

/// Writes a time in a PHP date format.
pub fn write(seconds: i64, format: Option<&str>) -> String {
    let time = local(seconds);
    let mut text = String::with_capacity(25);
    let mut letters = format.unwrap_or(DEFAULT_FORMAT).chars();
    while let Some(letter) = letters.next() {
        match letter {
            'Y' => text.push_str(&format!("{:04}", time.year())),
            'y' => text.push_str(&format!("{:02}", time.year() % 100)),
            'm' => text.push_str(&format!("{:02}", time.month())),
            'n' => text.push_str(&time.month().to_string()),
            'd' => text.push_str(&format!("{:02}", time.day())),
            'j' => text.push_str(&time.day().to_string()),
            'H' => text.push_str(&format!("{:02}", time.hour())),
            'i' => text.push_str(&format!("{:02}", time.minute())),
            's' => text.push_str(&format!("{:02}", time.second())),
            'P' => text.push_str(&format!("+{OFFSET_HOURS:02}:00")),
            'O' => text.push_str(&format!("+{OFFSET_HOURS:02}00")),
            'U' => text.push_str(&seconds.to_string()),
            'c' => text.push_str(&write(seconds, None)),
            '\\' => text.extend(letters.next()),
            other => text.push(other),
        }
    }
    text
}

/// Reads RFC 3339, `2021-10-23 00:00:00` or `2021-10-23`, the last two in the store's own zone.
pub fn read(text: &str) -> Option<i64> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_second());
    }
    let local: DateTime = text.parse().ok()?;
    Offset::constant(OFFSET_HOURS).to_timestamp(local).ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_format_is_iso_with_offset() {
        assert_eq!(write(1_768_555_894, None), "2026-01-16T10:31:34+01:00");
        assert_eq!(write(1_768_555_894, Some("d/m Y")), "16/01 2026");
    }

    #[test]
    fn both_documented_input_forms_are_read() {
        assert_eq!(read("2026-01-16T10:31:34+01:00"), Some(1_768_555_894));
        assert_eq!(read("2026-01-16 10:31:34"), Some(1_768_555_894));
        assert_eq!(read("soon"), None);
    }
}

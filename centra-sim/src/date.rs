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
    let (year, month, day) = (time.year(), time.month(), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let format = format.unwrap_or(DEFAULT_FORMAT);
    if format == DEFAULT_FORMAT {
        return format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+{OFFSET_HOURS:02}:00");
    }
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        let part = match letter {
            'Y' => format!("{year:04}"),
            'y' => format!("{:02}", year % 100),
            'm' => format!("{month:02}"),
            'n' => month.to_string(),
            'd' => format!("{day:02}"),
            'j' => day.to_string(),
            'H' => format!("{hour:02}"),
            'i' => format!("{minute:02}"),
            's' => format!("{second:02}"),
            'P' => format!("+{OFFSET_HOURS:02}:00"),
            'O' => format!("+{OFFSET_HOURS:02}00"),
            'U' => seconds.to_string(),
            'c' => write(seconds, None),
            '\\' => letters.next().map(String::from).unwrap_or_default(),
            other => other.to_string(),
        };
        text.push_str(&part);
    }
    text
}

/// What the Integration API says about the zone of its times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Zone {
    /// The offset, as its pages say.
    #[default]
    Told,
    /// Nothing: the local time alone.
    Left,
    /// That the local time is UTC, which it is not.
    Wrong,
}

impl Zone {
    /// A time as such a store writes it.
    pub fn write(self, seconds: i64, format: Option<&str>) -> String {
        let text = write(seconds, format);
        let offset = format!("+{OFFSET_HOURS:02}:00");
        match (self, text.strip_suffix(&offset)) {
            (Self::Left, Some(local)) => local.to_owned(),
            (Self::Wrong, Some(local)) => format!("{local}+00:00"),
            _ => text,
        }
    }
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

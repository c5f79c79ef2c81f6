//! Times in filters.

use connector_api::domain::Timestamp;

/// A time as Centra writes it (`Y-m-d\\TH:i:sP`): whole seconds, never later than meant.
pub fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    format!("{seconds}+00:00")
}

//! What a channel thinks of parts that the platform did not compute.

use connector_api::domain::{Message, MessageSeverity, Quote, QuotePart, QuoteSource};

use super::Error;
use crate::model::channel::LocalQuotes;

/// Applies a channel's policy to a quote.
pub(super) fn judge(mut quote: Quote, policy: LocalQuotes) -> Result<Quote, Error> {
    let names: Vec<&str> = parts(&quote).into_iter().filter(|(_, part)| is_local(part)).map(|(name, _)| name).collect();
    if names.is_empty() || policy == LocalQuotes::Allow {
        return Ok(quote);
    }
    let parts = names.join(", ");
    let reason = quote.reason.clone().unwrap_or_else(|| "the platform did not compute them".to_owned());
    if policy == LocalQuotes::Block {
        return Err(Error::Blocked { parts, reason });
    }
    quote.messages.push(Message {
        code: "local_parts".to_owned(),
        severity: MessageSeverity::Warning,
        path: None,
        text: format!("computed from synced data: {parts} ({reason})"),
    });
    Ok(quote)
}

fn is_local(part: &QuotePart) -> bool {
    part.source != QuoteSource::Realtime
}

fn parts(quote: &Quote) -> [(&'static str, &QuotePart); 5] {
    let parts = &quote.parts;
    [
        ("prices", &parts.prices),
        ("discounts", &parts.discounts),
        ("shipping", &parts.shipping),
        ("tax", &parts.tax),
        ("availability", &parts.availability),
    ]
}

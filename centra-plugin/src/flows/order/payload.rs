//! What a mutation answers: ids, errors that changed nothing, and warnings beside what was done.

use std::collections::BTreeMap;

use connector_api::{ConnectorError, ErrorCode, domain::Message};
use serde::Deserialize;

use super::{super::source::Source, remark::warning};
use crate::{
    client::Variables,
    error,
    operation::Operation,
    wire::{Id, list},
};

/// Longest remark of Centra's that is passed on.
const LONGEST: usize = 300;

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Remarks.
    pub(super) warnings: Vec<Message>,
    /// The shipment or return that was made or changed.
    pub(super) made: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    #[serde(default, deserialize_with = "list")]
    user_errors: Vec<Remark>,
    #[serde(default, deserialize_with = "list")]
    user_warnings: Vec<Remark>,
    #[serde(default)]
    shipment: Option<Id>,
    #[serde(default, rename = "return")]
    own_return: Option<Id>,
}

#[derive(Deserialize)]
struct Remark {
    message: String,
    #[serde(default, deserialize_with = "list")]
    path: Vec<serde_json::Value>,
}

impl Remark {
    fn text(&self) -> String {
        self.message.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
    }

    /// Centra's path into the mutation's input, as a pointer into our request.
    fn pointer(&self) -> String {
        let parts = self.path.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
        let mut pointer = String::new();
        for part in parts.filter(|part| part != "input") {
            let name = match part.as_str() {
                "order" | "id" => "order_id",
                "cancelLines" => "lines",
                "shipment" => "shipment_id",
                "line" | "orderLine" | "shipmentLine" => "order_line_id",
                other => other,
            };
            pointer.push('/');
            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        }
        pointer
    }
}

/// Asks for a change. An error with `conflict` or `not_found` means that Centra changed nothing.
pub(super) async fn ask(source: &Source, operation: Operation, variables: &Variables) -> Result<Done, ConnectorError> {
    let mut data: BTreeMap<String, Option<Payload>> = source.client.change(operation, variables).await?;
    let payload = data.pop_first().and_then(|(_, payload)| payload);
    let Some(payload) = payload else {
        return Err(error::answer_invalid(&format!("to `{}` does not contain the result", operation.name())));
    };
    if let Some(first) = payload.user_errors.first() {
        let unknown = first.message.to_ascii_lowercase().contains("could not find");
        let code = if unknown { ErrorCode::NotFound } else { ErrorCode::Conflict };
        let mut refused = ConnectorError::new(code.clone(), format!("Centra refuses: {}", first.text()));
        for own in payload.user_errors.iter().take(20) {
            refused = refused.at_field(&own.pointer(), code.as_str(), own.text());
        }
        return Err(refused);
    }
    let warnings = payload.user_warnings.iter().take(20).map(|own| warning("platform_remark", own.text())).collect();
    Ok(Done { warnings, made: payload.shipment.or(payload.own_return).map(|made| made.id) })
}

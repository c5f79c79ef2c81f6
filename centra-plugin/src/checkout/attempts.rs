//! Sessions that are being made orders, by order. They are kept with the connection from before the payment begins: after a lost
//! answer or a restart the session says whether its order exists.

use connector_api::{
    ConnectorError, Host,
    domain::{Money, OrderDraft, Timestamp},
};
use serde::{Deserialize, Serialize};

use super::kept::{Dated, Kept, Limits};

/// Centra keeps a cart for thirty days; nobody waits that long for an order.
const LIMITS: Limits = Limits { name: "order_sessions", divided: false, most: 2_000, kept_s: 3 * 86_400 };

/// A session that is being made an order.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// Its token.
    pub token: String,
    /// What is paid.
    pub amount: Money,
    /// When it began.
    pub begun_at: Timestamp,
    /// Hash of the selection that is paid, once Centra has named it: what follows of the payment is reported with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<String>,
}

impl Dated for Attempt {
    fn kept_at(&self) -> Timestamp {
        self.begun_at
    }
}

/// All of them.
#[derive(Debug)]
pub struct Attempts(Kept<Attempt>);

impl Default for Attempts {
    fn default() -> Self {
        Self(Kept::new(LIMITS))
    }
}

impl Attempts {
    /// That of an order, if there is one.
    pub async fn of(&self, host: &Host, draft: &OrderDraft) -> Result<Option<Attempt>, ConnectorError> {
        self.0.of(host, &draft.idempotency_key).await
    }

    /// Keeps one.
    pub async fn keep(&self, host: &Host, draft: &OrderDraft, attempt: Attempt) -> Result<(), ConnectorError> {
        self.0.keep(host, &draft.idempotency_key, attempt).await
    }

    /// Forgets that of an order that has ended.
    pub async fn forget(&self, host: &Host, draft: &OrderDraft) -> Result<(), ConnectorError> {
        self.0.forget(host, &draft.idempotency_key).await
    }
}

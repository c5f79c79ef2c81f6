//! A session: a cart at the platform, and what is known to be in it.

use connector_api::ConnectorError;
use serde_json::Value;

use super::client::{Checkout, Reply};
use crate::wire::checkout::{Answer, Selection, Totals};

/// Where a cart is sold. A session serves one context only, so that nothing of another one stays behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// ISO 3166-1.
    pub country: Option<String>,
    /// State.
    pub region: Option<String>,
    /// Market; the platform chooses when none.
    pub market: Option<String>,
    /// Pricelist; the platform chooses when none.
    pub pricelist: Option<String>,
    /// Language of texts.
    pub language: Option<String>,
}

impl Context {
    /// Names it among others.
    pub fn key(&self) -> String {
        let parts = [&self.country, &self.region, &self.market, &self.pricelist, &self.language];
        parts.map(|part| part.as_deref().unwrap_or_default()).join("|")
    }
}

/// One session. Calls within it are made one after another: whoever holds it has it alone.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says something else of the past; any of them go together")]
pub struct Session {
    /// Its token, once the platform gave one.
    pub token: Option<String>,
    /// The context stands.
    pub is_set_up: bool,
    /// Something of an earlier cart may be in it.
    pub is_used: bool,
    /// The addresses it was reported, as sent.
    pub address: Option<Value>,
    /// The delivery method that the platform chose by itself.
    pub usual_shipping: Option<String>,
    /// A delivery method was chosen.
    pub is_shipping_chosen: bool,
    /// Something was refused that would have to be said again: not for another cart.
    pub is_spoiled: bool,
    /// Its last answer.
    pub answer: Answer,
}

/// Why a call in a session has no reply.
#[derive(Debug)]
pub enum Trouble {
    /// The session is not what it was: expired and replaced, or somebody else used it.
    Lost,
    /// The platform failed.
    Failed(ConnectorError),
}

impl From<ConnectorError> for Trouble {
    fn from(error: ConnectorError) -> Self {
        Self::Failed(error)
    }
}

impl Session {
    /// Its cart, as last told.
    pub fn selection(&self) -> Option<&Selection> {
        self.answer.selection.as_ref()
    }

    /// The delivery method that counts, as last told.
    pub fn shipping_method(&self) -> Option<&str> {
        self.selection()?.shipping_method.as_deref()
    }

    /// What its cart costs, as last told.
    pub fn totals(&self) -> Option<Totals> {
        self.selection()?.totals.clone()
    }

    /// Makes a call. A token that differs is adopted; a session that stood before is lost then, because what follows
    /// would happen in an empty one.
    pub async fn call(
        &mut self,
        checkout: &Checkout,
        method: &str,
        parts: &[&str],
        operation: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Trouble> {
        let mut reply: Reply = checkout.call(self.token.as_deref(), method, parts, operation, body).await?;
        let token = reply.answer.token.take();
        if token.is_some() && token != self.token {
            let was_known = self.token.is_some();
            *self = Self { token, ..Self::default() };
            if was_known {
                return Err(Trouble::Lost);
            }
        }
        if reply.answer.selection.is_some() {
            self.answer = std::mem::take(&mut reply.answer);
            // What was wrong belongs to the reply; both may be asked for it.
            reply.answer.errors.clone_from(&self.answer.errors);
            reply.answer.unavailable.clone_from(&self.answer.unavailable);
        }
        Ok(reply)
    }
}

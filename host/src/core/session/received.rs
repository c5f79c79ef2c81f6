//! Deliveries before the merchant's yes: they show that the platform's webhooks arrive and are signed as they must be.
//!
//! What they say is not kept. A new connection reads everything in its first sync; one that is renewed has not taken the
//! delivery, which the platform sends again.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::{
        service::Header,
        webhook::{VerifyWebhookRequest, WebhookVerdict},
    },
};

use super::{Error, SessionService};

impl SessionService {
    /// Whether a merchant's yes for this connection is awaited: its platform may send to it before it exists.
    pub async fn awaits(&self, id: &ConnectionId) -> Result<bool, Error> {
        Ok(self.store.checked_session(id, self.clock.now()).await?.is_some())
    }

    /// Judges a delivery by the values that were checked and await the merchant's yes. Whether it is authentic, and
    /// nothing else will take it, because the connection is still to be made.
    pub async fn receive_test_webhook(
        &self,
        id: &ConnectionId,
        headers: Vec<Header>,
        body: Vec<u8>,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let Some(session) = self.store.checked_session(id, now).await? else { return Ok(false) };
        let Some(sealed) = &session.sealed else { return Ok(false) };
        let accepted = self.opened(&session.id, sealed).await?;
        let delivery = VerifyWebhookRequest { headers, received_at: now, max_age_s: None, any_age: false };
        if self.onboarding.judge(accepted, &delivery, body).await? != WebhookVerdict::Authentic {
            return Ok(false);
        }
        self.store.note_webhook_received(&session.id, now).await?;
        Ok(!session.reauth)
    }

    /// The connection of a link that holds, which need not exist yet, and when its platform first sent something to it.
    pub async fn received(&self, token: &str) -> Result<(ConnectionId, Option<Timestamp>), Error> {
        let session = self.live(token).await?;
        Ok((session.connection, session.webhook_received_at))
    }
}

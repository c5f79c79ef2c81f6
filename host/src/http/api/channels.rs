//! Channels.

use axum::{Json, extract::State, http::StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::{
    core::{
        channel::{Channel, ChannelProfile, LocalQuotes},
        connection::Listing,
    },
    http::{
        Host,
        auth::Signed,
        extract::{Answer, Body, JsonAnswer, PageParams, Params, Place},
        problem::Problem,
    },
    model::{Code, message::no_channel},
};

/// What to change: an absent field stays, `null` removes a value.
#[expect(clippy::option_option, reason = "absent, null and a value are three different inputs")]
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct ChannelChange {
    /// Name that merchants read.
    name: Option<String>,
    /// Square picture, https.
    #[serde(deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    logo_url: Option<Option<String>>,
    /// Colour of its buttons, `#rrggbb`.
    #[serde(deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    accent_color: Option<Option<String>>,
    /// Where merchants may be sent back to.
    redirect_urls: Option<Vec<String>>,
    /// Connectors its merchants may use; all when empty.
    allowed_connectors: Option<Vec<String>>,
    /// Origins whose pages may show the connect page in a frame.
    frame_ancestors: Option<Vec<String>>,
    /// What becomes of quotes with parts that the platform did not compute.
    local_quotes: Option<LocalQuotes>,
}

/// Tells `null` from nothing.
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl ChannelChange {
    fn applied_to(self, channel: &Channel) -> ChannelProfile {
        ChannelProfile {
            name: self.name.unwrap_or_else(|| channel.name.clone()),
            logo_url: self.logo_url.unwrap_or_else(|| channel.logo_url.clone()),
            accent_color: self.accent_color.unwrap_or_else(|| channel.accent_color.clone()),
            redirect_urls: self.redirect_urls.unwrap_or_else(|| channel.redirect_urls.clone()),
            allowed_connectors: self.allowed_connectors.unwrap_or_else(|| channel.allowed_connectors.clone()),
            frame_ancestors: self.frame_ancestors.unwrap_or_else(|| channel.frame_ancestors.clone()),
            local_quotes: self.local_quotes.unwrap_or(channel.local_quotes),
        }
    }
}

pub(in crate::http) async fn create(
    State(host): State<Host>,
    caller: Signed,
    Body(profile): Body<ChannelProfile>,
) -> Answer<(StatusCode, Json<Channel>)> {
    caller.operator()?;
    let channel = host.services.channels.add(&caller.ctx(&host), profile).await?;
    Ok((StatusCode::CREATED, Json(channel)))
}

pub(in crate::http) async fn list(
    State(host): State<Host>,
    caller: Signed,
    Params(page): Params<PageParams>,
) -> JsonAnswer<Listing<Channel>> {
    caller.operator()?;
    let channels = host.services.channels.list(&page.page()?).await?;
    Ok(Json(channels))
}

pub(in crate::http) async fn get(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
) -> JsonAnswer<Channel> {
    if caller.viewer().channel().is_some_and(|own| own != id) {
        return Err(Problem::new(Code::NotFound, no_channel(&id)));
    }
    let channel = host.services.channels.get(&id).await?;
    Ok(Json(channel))
}

pub(in crate::http) async fn change(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
    Body(change): Body<ChannelChange>,
) -> JsonAnswer<Channel> {
    caller.operator()?;
    let channel = host.services.channels.get(&id).await?;
    let changed = host.services.channels.change(&caller.ctx(&host), &channel, change.applied_to(&channel)).await?;
    Ok(Json(changed))
}

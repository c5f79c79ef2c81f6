//! Connectors, channels and their keys.

use super::methods::{DELETE, GET, PATCH, POST};
use crate::{
    core::{
        channel::{Channel, ChannelProfile, IssuedKey},
        connection::{Listing, connector_list::ConnectorList},
    },
    http::{
        access::Access,
        api::{channels, keys, plugins},
        extract::PageParams,
        openapi::{Api, about},
    },
    model::Code,
};

pub(super) fn routes(api: Api) -> Api {
    of_keys(of_channels(of_connectors(api)))
}

fn of_connectors(api: Api) -> Api {
    use Access::Key;
    api.tag("connectors", "Connectors of commerce platforms that the host has loaded from plugins.")
        .route(
            GET,
            "/v1/plugins",
            plugins::list,
            Key,
            about(
                "listConnectors",
                "List connectors",
                "Returns the loaded connectors and, for operators, the plugin files that were refused. A channel sees the \
                 connectors that its merchants may use.",
            ),
            |o| o.gives::<ConnectorList>(200, "Loaded connectors, and refused plugin files."),
        )
        .route(
            GET,
            "/v1/plugins/{connector_id}",
            plugins::get,
            Key,
            about(
                "getConnector",
                "Get a connector",
                "Returns the manifest of a connector: its forms, permissions, capabilities and streams. Operators also see \
                 how its plugin behaves.",
            ),
            |o| o.gives::<plugins::PluginView>(200, "The requested connector.").fails(&[Code::ConnectorUnavailable]),
        )
}

fn of_channels(api: Api) -> Api {
    use Access::{Key, Operator};
    api.tag("channels", "Commerce channels that use the host, and their API keys.")
        .route(
            POST,
            "/v1/channels",
            channels::create,
            Operator,
            about("createChannel", "Create a channel", "Creates a channel. Issue a key for it next."),
            |o| o.takes::<ChannelProfile>().gives::<Channel>(201, "The new channel."),
        )
        .route(
            GET,
            "/v1/channels",
            channels::list,
            Operator,
            about("listChannels", "List channels", "Returns channels, oldest first."),
            |o| o.query::<PageParams>().gives::<Listing<Channel>>(200, "A page of channels."),
        )
        .route(
            GET,
            "/v1/channels/{channel_id}",
            channels::get,
            Key,
            about("getChannel", "Get a channel", "Returns a channel. A channel's key sees its own channel only."),
            |o| o.gives::<Channel>(200, "The requested channel."),
        )
        .route(
            PATCH,
            "/v1/channels/{channel_id}",
            channels::change,
            Operator,
            about("updateChannel", "Update a channel", "Changes the fields that are sent; `null` removes a value."),
            |o| {
                o.takes::<channels::ChannelChange>()
                    .gives::<Channel>(200, "The changed channel.")
                    .fails(&[Code::EditConflict])
            },
        )
}

fn of_keys(api: Api) -> Api {
    use Access::Operator;
    api.route(
        POST,
        "/v1/channels/{channel_id}/keys",
        keys::issue,
        Operator,
        about(
            "createChannelKey",
            "Issue an API key",
            "Issues a key of a channel and returns it, this once. A channel can have two keys, so that one can replace the \
             other without a gap.",
        ),
        |o| {
            o.takes::<keys::NewKey>().gives::<IssuedKey>(201, "The new key.").fails(&[Code::TooManyKeys])
        },
    )
    .route(
        GET,
        "/v1/channels/{channel_id}/keys",
        keys::list,
        Operator,
        about("listChannelKeys", "List API keys", "Returns the keys of a channel without their secret part, newest first."),
        |o| o.gives::<keys::KeyList>(200, "Keys of the channel."),
    )
    .route(
        DELETE,
        "/v1/channels/{channel_id}/keys/{key_id}",
        keys::revoke,
        Operator,
        about("revokeChannelKey", "Revoke an API key", "Revokes a key at once; streams that it opened end."),
        |o| o.gives_nothing(204, "The key is revoked."),
    )
}

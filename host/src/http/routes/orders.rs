//! Orders of a connection, and operations on them.

use serde_json::json;

use super::methods::{GET, POST};
use crate::{
    core::order::{
        Intent, Listing, NewOrder, OrderSummary,
        decide::Decision,
        follow_up::{Cancel, Confirm, Hold, NewCapture, NewRefund, NewReturn, NewShipment},
        person::{Erased, Person, PersonExport},
        reading::{IntentDetail, OrderDetail},
    },
    http::{
        access::Access,
        api::{customers, intents, orders},
        openapi::{About, Api, Operation, about},
    },
    model::Code,
};

pub(super) fn routes(api: Api) -> Api {
    of_customers(of_intents(operations(of_orders(api))))
}

fn of_orders(api: Api) -> Api {
    use Access::Key;
    api.tag("orders", "Orders of a store, and operations on them. Each operation is done once per idempotency key.")
        .route(
            POST,
            "/v1/connections/{connection_id}/orders",
            orders::submit,
            Key,
            about(
                "submitOrder",
                "Submit an order",
                "Places an order on the platform, once per idempotency key. The order carries what was agreed with the \
                 shopper; if the store no longer sells the cart on these terms, the order is refused with `quote_stale` \
                 and nothing is sent. Answers 202 while the outcome is not known: read the intent until it is settled.",
            ),
            |o| {
                done(o.takes::<NewOrder>().example(&order_example()), 201).fails(&[
                    Code::QuoteStale,
                    Code::ReferenceUsed,
                    Code::CartRefused,
                    Code::LocalQuoteBlocked,
                ])
            },
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/orders",
            orders::list,
            Key,
            about(
                "listOrders",
                "List orders",
                "Returns orders of a store without personal data, by the time of their last change.",
            ),
            |o| o.query::<orders::Filter>().gives::<Listing<OrderSummary>>(200, "A page of orders."),
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/orders/{order_id}",
            orders::get,
            Key,
            about(
                "getOrder",
                "Get an order",
                "Returns an order with its shipments, returns and timeline. Contains personal data.",
            ),
            |o| o.gives::<OrderDetail>(200, "The requested order.").fails(&[Code::Keys, Code::NotReady]),
        )
}

fn order_example() -> serde_json::Value {
    json!({
        "channel_reference": "CH-1001",
        "cart": {
            "id": "cart-1001", "market_id": "1", "pricelist_id": "1", "currency": "SEK", "shipping_method_id": "1",
            "lines": [{
                "id": "1", "variant_id": "1001", "quantity": 1,
                "unit_price": { "amount_minor": 129_900, "currency": "SEK" }
            }],
            "ship_to": {
                "name": "Ada Lovelace", "line1": "Storgatan 1", "postal_code": "111 51", "city": "Stockholm",
                "country": "SE", "email": "ada@example.com"
            }
        },
        "shipping_price": { "amount_minor": 4_900, "currency": "SEK" }
    })
}

fn operations(api: Api) -> Api {
    use Access::Key;
    api.route(
        POST,
        "/v1/connections/{connection_id}/orders/{order_id}/confirm",
        orders::confirm,
        Key,
        about("confirmOrder", "Confirm an order", "Accepts an order on the platform."),
        |o| done(o.takes::<Confirm>(), 200),
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/orders/{order_id}/hold",
        orders::hold,
        Key,
        about("holdOrder", "Hold or release an order", "Puts an order on hold on the platform, or releases it."),
        |o| done(o.takes::<Hold>(), 200),
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/orders/{order_id}/cancel",
        orders::cancel,
        Key,
        about("cancelOrder", "Cancel an order", "Cancels an order, or some of its lines."),
        |o| done(o.takes::<Cancel>(), 200),
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/orders/{order_id}/shipments",
        orders::ship,
        Key,
        about("createShipment", "Create a shipment", "Ships lines of an order."),
        |o| done(o.takes::<NewShipment>(), 200),
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/orders/{order_id}/returns",
        orders::take_back,
        Key,
        about("createReturn", "Create a return", "Takes shipped lines of an order back."),
        |o| done(o.takes::<NewReturn>(), 200),
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/orders/{order_id}/refunds",
        orders::refund,
        Key,
        about("createRefund", "Create a refund", "Refunds a return or an amount of an order."),
        |o| done(o.takes::<NewRefund>(), 200),
    )
    .route(
        POST,
        "/v1/connections/{connection_id}/orders/{order_id}/captures",
        orders::capture,
        Key,
        about("createCapture", "Capture a payment", "Captures the authorized payment of an order."),
        |o| done(o.takes::<NewCapture>(), 200),
    )
}

/// An operation on an order is done once per key, and its outcome may not be known at once.
fn done(operation: Operation<'_>, status: u16) -> Operation<'_> {
    operation
        .idempotent()
        .gives::<Intent>(status, "The operation is done.")
        .gives::<Intent>(202, "The outcome is not known yet; read the intent until it is settled.")
        .calls_platform()
        .fails(&[Code::CapabilityOff, Code::NotReady, Code::OrderExpired, Code::NotDone])
}

fn of_intents(api: Api) -> Api {
    use Access::{Key, Operator};
    api.tag("order intents", "Operations on orders as they were requested, and their outcome.")
        .route(
            GET,
            "/v1/connections/{connection_id}/order-intents",
            intents::list,
            Key,
            about("listOrderIntents", "List order intents", "Returns the intents of a connection, newest first."),
            |o| o.query::<intents::Filter>().gives::<Listing<Intent>>(200, "A page of intents."),
        )
        .route(
            GET,
            "/v1/connections/{connection_id}/order-intents/{intent_id}",
            intents::get,
            Key,
            about("getOrderIntent", "Get an order intent", "Returns an intent with its history."),
            |o| o.gives::<IntentDetail>(200, "The requested intent."),
        )
        .route(
            POST,
            "/v1/connections/{connection_id}/order-intents/{intent_id}/resolve",
            intents::resolve,
            Operator,
            about(
                "resolveOrderIntent",
                "Resolve an order operation whose outcome is unknown",
                "Records what someone found on the platform: done, not done, or a difference that is accepted.",
            ),
            |o| {
                o.takes::<Decision>()
                    .gives::<Intent>(200, "The resolved intent.")
                    .fails(&[Code::IntentSettled])
                    .calls_platform()
            },
        )
}

fn of_customers(api: Api) -> Api {
    use Access::Key;
    const EXPORT: About = about(
        "exportCustomer",
        "Export a person's data",
        "Returns the data that the host stores about one person: customers, orders, shipments and returns. The export is recorded.",
    );
    const ERASE: About = about(
        "eraseCustomer",
        "Erase a person's data",
        "Erases the data of one person permanently: orders stay without it, and later syncs do not restore it.",
    );
    api.tag("customers", "Personal data that the host stores about one person.")
        .route(POST, "/v1/connections/{connection_id}/customers/export", customers::export, Key, EXPORT, |o| {
            o.takes::<Person>().gives::<PersonExport>(200, "The person's data.").fails(&[
                Code::Keys,
                Code::NotReady,
                Code::Limit,
            ])
        })
        .route(POST, "/v1/connections/{connection_id}/customers/erase", customers::erase, Key, ERASE, |o| {
            o.takes::<Person>().gives::<Erased>(200, "What was erased.").fails(&[
                Code::Keys,
                Code::NotReady,
                Code::Limit,
            ])
        })
}

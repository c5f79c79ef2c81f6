"""A channel's way with the client of openapi-python-client: session, offers, quote, order."""

import os
import time

from connector_host_client import AuthenticatedClient
from connector_host_client.api.catalog import get_offer, list_offers
from connector_host_client.api.connect_sessions import create_connect_session, get_connect_session
from connector_host_client.api.connections import list_connection_events
from connector_host_client.api.orders import get_order, list_orders, submit_order
from connector_host_client.api.quotes import create_quote
from connector_host_client.models import (
    Address,
    CartInput,
    CreatedSession,
    EventPage,
    Intent,
    NewOrder,
    NewSession,
    OfferDetail,
    OfferSummaryPage,
    OrderDetail,
    OrderSummaryPage,
    Problem,
    QuoteReply,
    SessionView,
    Source,
)

CONNECTION = os.environ["CONNECTION_ID"]
CLIENT = AuthenticatedClient(base_url=os.environ["HOST_URL"], token=os.environ["CHANNEL_KEY"], timeout=30)
SHIP_TO = Address.from_dict(
    {
        "name": "Ada Lovelace",
        "line1": "Storgatan 1",
        "postal_code": "111 20",
        "city": "Stockholm",
        "country": "SE",
        "email": "ada@example.com",
    }
)


def answer(response, kind, status=200):
    """The answer, which must be of that kind."""
    assert response.status_code == status, f"{response.status_code} instead of {status}: {response.content!r}"
    assert isinstance(response.parsed, kind), f"{type(response.parsed)} instead of {kind}"
    return response.parsed


def priced(offers):
    """A variant that the store sells one of, with its quote."""
    for summary in offers.data:
        detail = answer(
            get_offer.sync_detailed(client=CLIENT, connection_id=CONNECTION, offer_id=summary.id), OfferDetail
        )
        for variant in detail.offer.variants[:1]:
            lines = [{"variant_id": variant.id, "quantity": 1}]
            cart = CartInput.from_dict({"currency": "SEK", "lines": lines, "ship_to": SHIP_TO.to_dict()})
            response = create_quote.sync_detailed(
                client=CLIENT,
                connection_id=CONNECTION,
                body=cart,
                source=Source("realtime"),
                every_method=True,
                deadline_ms=20_000,
            )
            quote = answer(response, QuoteReply).quote
            severities = {str(message.severity) for message in quote.messages or []}
            if quote.lines and quote.shipping_methods and not severities & {"recoverable", "fatal"}:
                return variant.id, quote
    raise AssertionError("no offer could be priced")


def main():
    created = answer(
        create_connect_session.sync_detailed(
            client=CLIENT,
            body=NewSession(connector="centra", redirect_url=os.environ["REDIRECT_URL"], state="python"),
        ),
        CreatedSession,
        201,
    )
    assert "/connect/" in created.url
    seen = answer(get_connect_session.sync_detailed(client=CLIENT, session_id=created.id), SessionView)
    assert seen.id == created.id

    offers = answer(list_offers.sync_detailed(client=CLIENT, connection_id=CONNECTION, limit=5), OfferSummaryPage)
    assert 0 < len(offers.data) <= 5
    variant, quote = priced(offers)
    line, method = quote.lines[0], quote.shipping_methods[0]

    reference = f"PY-{time.time_ns()}"
    order = NewOrder.from_dict(
        {
            "channel_reference": reference,
            "cart": {
                "id": "cart-py",
                "currency": "SEK",
                "market_id": "1",
                "pricelist_id": "1",
                "shipping_method_id": method.id,
                "ship_to": SHIP_TO.to_dict(),
                "lines": [
                    {"id": "1", "variant_id": variant, "quantity": 1, "unit_price": line.unit_price.to_dict()}
                ],
            },
            "shipping_price": method.price.to_dict(),
        }
    )
    submit = {"client": CLIENT, "connection_id": CONNECTION, "idempotency_key": reference}
    intent = answer(submit_order.sync_detailed(body=order, **submit), Intent, 201)
    assert intent.state == "confirmed", intent
    again = answer(submit_order.sync_detailed(body=order, **submit), Intent, 201)
    assert again.id == intent.id, "the same key and body are the same order"
    order.channel_reference = "other"
    reused = answer(submit_order.sync_detailed(body=order, **submit), Problem, 422)
    assert reused.code == "idempotency_key_reused", reused

    found = answer(
        list_orders.sync_detailed(client=CLIENT, connection_id=CONNECTION, channel_reference=reference),
        OrderSummaryPage,
    )
    assert len(found.data) == 1, "one order has the reference"
    placed = answer(
        get_order.sync_detailed(client=CLIENT, connection_id=CONNECTION, order_id=found.data[0].id), OrderDetail
    )
    assert placed.summary.channel_reference == reference and placed.summary.quantity == 1
    assert placed.order.lines[0].ordered == 1
    events = answer(
        list_connection_events.sync_detailed(client=CLIENT, connection_id=CONNECTION, type_="connection.*"), EventPage
    )
    assert any(event.type_ == "connection.connected" for event in events.data)
    print(f"python: session, {len(offers.data)} offers, quote, order {placed.summary.id}")


main()

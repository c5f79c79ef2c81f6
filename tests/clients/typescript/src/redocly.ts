// A channel's way with the client that Redocly generates: session, offers, quote, order.
import assert from "node:assert/strict";
import { ApiError, client, type NewOrder, type QuoteLine, type ShippingMethod } from "./generated/redocly.js";
import { CONNECTION, HOST, KEY, REDIRECT, SHIP_TO } from "./surroundings.js";

client.configure({ serverUrl: HOST });
client.auth.bearer(KEY);
const path = { connection_id: CONNECTION };

const session = await client.createConnectSession({ body: { connector: "centra", redirect_url: REDIRECT, state: "redocly" } });
assert.match(session.url, /^http.*\/connect\/.*#/u);
assert.equal((await client.getConnectSession({ path: { session_id: session.id } })).id, session.id);

const offers = await client.listOffers({ path, query: { limit: 5, status: "active" } });
assert.ok(offers.data.length > 0 && offers.data.length <= 5, "offers are listed");

/** A variant that the store sells one of, with its price. */
async function priced(): Promise<{ variant: string; line: QuoteLine; method: ShippingMethod }> {
  for (const { id } of offers.data) {
    const { offer } = await client.getOffer({ path: { ...path, offer_id: id } });
    const variant = offer.variants?.[0]?.id;
    if (!variant) continue;
    const { quote } = await client.createQuote({
      path,
      query: { source: "realtime", every_method: true, deadline_ms: 20_000 },
      body: { currency: "SEK", lines: [{ variant_id: variant, quantity: 1 }], ship_to: SHIP_TO },
    });
    const [line, method] = [quote.lines?.[0], quote.shipping_methods?.[0]];
    if (line?.unit_price && method && !quote.messages?.some(({ severity }) => severity === "recoverable" || severity === "fatal")) return { variant, line, method };
  }
  return assert.fail("no offer could be priced");
}

const { variant, line, method } = await priced();
const reference = `RE-${Date.now()}`;
const order: NewOrder = {
  channel_reference: reference,
  cart: {
    id: "cart-re", currency: "SEK", market_id: "1", pricelist_id: "1", shipping_method_id: method.id, ship_to: SHIP_TO,
    lines: [{ id: "1", variant_id: variant, quantity: 1, unit_price: line.unit_price! }],
  },
  shipping_price: method.price!,
};
const submit = (body: NewOrder) => client.submitOrder({ path, headers: { "Idempotency-Key": reference }, body });
const intent = await submit(order);
assert.equal(intent.state, "confirmed", JSON.stringify(intent));
assert.equal((await submit(order)).id, intent.id, "the same key and body are the same order");
await assert.rejects(submit({ ...order, channel_reference: "other" }), (error) => {
  assert.ok(error instanceof ApiError && error.status === 422);
  assert.equal((error.body as { code: string }).code, "idempotency_key_reused");
  return true;
});

const found = await client.listOrders({ path, query: { channel_reference: reference } });
assert.equal(found.data.length, 1, "one order has the reference");
const placed = await client.getOrder({ path: { ...path, order_id: found.data[0]!.id } });
assert.equal(placed.summary.channel_reference, reference);
assert.equal(placed.order?.lines?.[0]?.ordered, 1);
const events = await client.listConnectionEvents({ path, query: { type: "connection.*", newest_first: true } });
assert.ok(events.data.some((event) => event.type === "connection.connected"), "the events are typed");
console.log(`redocly: session, ${offers.data.length} offers, quote, order ${placed.summary.id}`);

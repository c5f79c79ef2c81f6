// A channel's way with `openapi-fetch` over the types of `openapi-typescript`: session, offers, quote, order.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/openapi.js";
import { CONNECTION, HOST, KEY, REDIRECT, SHIP_TO } from "./surroundings.js";

type Schemas = components["schemas"];

const client = createClient<paths>({ baseUrl: HOST, headers: { authorization: `Bearer ${KEY}` } });

/** The data of an answer; fails with the problem otherwise. */
function done<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  assert.ok(answer.data !== undefined, `${answer.response.url} answers ${answer.response.status}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const session = done(await client.POST("/v1/connect-sessions", {
  body: { connector: "centra", redirect_url: REDIRECT, state: "openapi-fetch", merchant_id: "merchant-ts" },
}));
assert.match(session.url, /^http.*\/connect\/.*#/u);
const seen = done(await client.GET("/v1/connect-sessions/{session_id}", { params: { path: { session_id: session.id } } }));
assert.equal(seen.id, session.id);

const offers = done(await client.GET("/v1/connections/{connection_id}/catalog/offers", {
  params: { path: { connection_id: CONNECTION }, query: { limit: 5, status: "active" } },
}));
assert.ok(offers.data.length > 0 && offers.data.length <= 5, "offers are listed");

/** A variant that the store sells one of, with its price. */
async function priced(): Promise<{ variant: string; line: Schemas["QuoteLine"]; method: Schemas["ShippingMethod"] }> {
  for (const { id } of offers.data) {
    const { offer } = done(await client.GET("/v1/connections/{connection_id}/catalog/offers/{offer_id}", {
      params: { path: { connection_id: CONNECTION, offer_id: id } },
    }));
    const variant = offer.variants?.[0]?.id;
    if (!variant) continue;
    const { quote } = done(await client.POST("/v1/connections/{connection_id}/quotes", {
      params: { path: { connection_id: CONNECTION }, query: { source: "realtime", every_method: true, deadline_ms: 20_000 } },
      body: { currency: "SEK", lines: [{ variant_id: variant, quantity: 1 }], ship_to: SHIP_TO },
    }));
    if (quote.lines?.[0]?.unit_price && quote.shipping_methods?.[0] && !quote.messages?.some(({ severity }) => severity === "recoverable" || severity === "fatal")) {
      return { variant, line: quote.lines[0], method: quote.shipping_methods[0] };
    }
  }
  return assert.fail("no offer could be priced");
}

const { variant, line, method } = await priced();
assert.equal(line.unit_price?.currency, "SEK");

const order: Schemas["NewOrder"] = {
  channel_reference: `TS-${Date.now()}`,
  cart: {
    id: "cart-ts", currency: "SEK", market_id: "1", pricelist_id: "1", shipping_method_id: method.id, ship_to: SHIP_TO,
    lines: [{ id: "1", variant_id: variant, quantity: 1, unit_price: line.unit_price! }],
  },
  shipping_price: method.price!,
};
const submit = (body: Schemas["NewOrder"]) =>
  client.POST("/v1/connections/{connection_id}/orders", {
    params: { path: { connection_id: CONNECTION }, header: { "Idempotency-Key": order.channel_reference! } },
    body,
  });
const intent = done(await submit(order));
assert.equal(intent.state, "confirmed", JSON.stringify(intent));
assert.equal(done(await submit(order)).id, intent.id, "the same key and body are the same order");
const reused = await submit({ ...order, channel_reference: "other" });
assert.equal(reused.response.status, 422);
assert.equal(reused.error?.code, "idempotency_key_reused", JSON.stringify(reused.error));

const found = done(await client.GET("/v1/connections/{connection_id}/orders", {
  params: { path: { connection_id: CONNECTION }, query: { channel_reference: order.channel_reference! } },
}));
assert.equal(found.data.length, 1, "one order has the reference");
const placed = done(await client.GET("/v1/connections/{connection_id}/orders/{order_id}", {
  params: { path: { connection_id: CONNECTION, order_id: found.data[0]!.id } },
}));
assert.equal(placed.summary.channel_reference, order.channel_reference);
assert.equal(placed.summary.quantity, 1);
assert.equal(placed.order?.lines?.[0]?.ordered, 1);

const events = done(await client.GET("/v1/connections/{connection_id}/events", {
  params: { path: { connection_id: CONNECTION }, query: { type: "connection.*,order.*", newest_first: true } },
}));
for (const event of events.data) {
  // The type decides the form of the data.
  if (event.type === "connection.connected") assert.equal(event.data.status, "active");
  else if (event.type === "order.created") assert.ok(event.data.id);
}
assert.ok(events.data.some(({ type }) => type === "connection.connected"), "the events are typed");
console.log(`openapi-fetch: session, ${offers.data.length} offers, quote, order ${placed.summary.id}`);

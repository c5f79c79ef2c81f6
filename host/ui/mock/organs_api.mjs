// Orders, webhooks and quotes of a connection, as the host tells an operator of them.
import { json, problem } from "./connect_api.mjs";
import { DIFFERING, differences } from "./trouble.mjs";

const hoursAgo = (hours) => new Date(Date.now() - hours * 3_600_000).toISOString();
const sek = (amount_minor) => ({ amount_minor, currency: "SEK" });

const ORDERS = [
  { id: "4711", number: "1042", channel_reference: "NM-77", status: "accepted", fulfillment_status: "partially_shipped", financial_status: "paid", currency: "SEK", total_minor: 209_700, quantity: 2, placed_at: hoursAgo(30), updated_at: hoursAgo(2), changed_at: hoursAgo(2), deleted_at: null, erased: false, differs_from_agreed: true },
  { id: "4712", number: "1043", channel_reference: null, status: "canceled", fulfillment_status: "unfulfilled", financial_status: "refunded", currency: "SEK", total_minor: null, quantity: 1, placed_at: hoursAgo(60), updated_at: hoursAgo(40), changed_at: hoursAgo(40), deleted_at: null, erased: true },
];

const ORDER = {
  lines: [
    { id: "1", sku: "P1001MOSM", title: "Alva linen dress, Moss / M", ordered: 1, fulfilled: 1, returned: 0, canceled: 0 },
    { id: "2", sku: "P1002SANDL", title: "Ragnar chinos, Sand / L", ordered: 1, fulfilled: 0, returned: 0, canceled: 0 },
  ],
  totals: [
    { kind: "subtotal", amount: sek(204_800) },
    { kind: "shipping", amount: sek(4_900) },
    { kind: "total", amount: sek(209_700) },
  ],
};

const TIMELINE = [
  { at: hoursAgo(30), kind: "placed", intent_id: "intent_1", actor: "channel chn_1", detail: {} },
  { at: hoursAgo(2), kind: "shipped", intent_id: null, actor: null, detail: {} },
];

const INTENT = { id: "intent_2", connection_id: "conn_1", key: "k-2", op: "submit_order", order_id: null, channel_reference: "NM-78", state: "unknown", repeatable: false, manual_resolution: true, attempts: 1, searches: 5, error: { message: "The store did not answer in time." }, actor: "channel chn_1", due_at: hoursAgo(0), created_at: hoursAgo(3), updated_at: hoursAgo(1) };

const DELIVERY = { id: 12, received_at: hoursAgo(1), source: "webhook", proof: "authentic", signed_at: hoursAgo(1), bytes: 412, state: "read", attempts: 1, replays: 0, read_at: hoursAgo(1), error: null };

const OVERVIEW = {
  allow_unsigned: false, accepted: 214, duplicates: 3, refused: 1, polled: 0, last_accepted_at: hoursAgo(1), last_refused_at: hoursAgo(5), silent_since: hoursAgo(0.5),
  waiting_deliveries: 0, dead_lettered_deliveries: 0, waiting_entities: 2, dead_lettered_entities: 1,
  refusals: [{ at: hoursAgo(5), verdict: "bad_signature", likely_cause: "The endpoint secret in the store is another than the one given here. Copy it again.", bytes: 398 }],
  changes: [
    { day: hoursAgo(24), stream: "offers", source: "webhook", changed: 40, drift: 0 },
    { day: hoursAgo(24), stream: "offers", source: "reconcile", changed: 6, drift: 2 },
  ],
};

/** As the host sends it: without lists that have nothing in them. */
const sparse = (sent) => Object.fromEntries(Object.entries(sent).filter(([, value]) => !Array.isArray(value) || value.length > 0));

const QUIET = { ...OVERVIEW, accepted: 0, duplicates: 0, refused: 0, last_accepted_at: null, last_refused_at: null, silent_since: null, waiting_entities: 0, dead_lettered_entities: 0, refusals: [], changes: [] };

/** A quote that the page cannot read. */
const BROKEN = { comparison: { differences: [] } };

const quote = (source, shipping) => sparse({
  source, currency: "SEK", latency_ms: source === "local" ? 4 : 180, computed_at: hoursAgo(0), valid_until: hoursAgo(-1),
  parts: Object.fromEntries(["prices", "discounts", "shipping", "tax", "availability"].map((part) => [part, { source, reason: source === "local" ? "From the data of the last sync." : null }])),
  lines: [{ id: "1", variant_id: "101", quantity: 2, unit_price: sek(149_900), list_price: null, total: sek(299_800), tax: null, availability: "in_stock", available_quantity: 18 }],
  discounts: [], taxes: [], selected_shipping_id: "1", messages: [],
  totals: [{ kind: "subtotal", amount: sek(299_800) }, { kind: "shipping", amount: sek(shipping) }, { kind: "total", amount: sek(299_800 + shipping) }],
  shipping_methods: [{ id: "1", title: { default: "Standard" }, price: sek(shipping) }],
});

function resolve(response, state, { decision, note }) {
  if (decision !== "accept_difference") state.decided = true;
  else if (note.includes("@")) return problem(response, 422, "invalid_request", "the request has 1 mistake", [{ pointer: "/note", code: "reference", detail: "must not contain e-mail addresses: it is stored permanently" }]);
  else state.note = note;
  return json(response, decision === "accept_difference" ? DIFFERING : INTENT);
}

/** Answers when the path is one of these organs'; `state` remembers what was decided. */
export function organs(response, method, state, [part, item, act], body) {
  const page = (data) => json(response, { data, next_cursor: null });
  if (state.empty && part === "webhooks" && !item) return json(response, QUIET), true;
  if (state.empty && ["orders", "order-intents", "webhooks"].includes(part)) return page([]), true;
  if (part === "orders" && !item) return page(ORDERS.map((order) => (state.note ? { ...order, differs_from_agreed: false } : order))), true;
  if (part === "orders") {
    const summary = ORDERS.find(({ id }) => id === item);
    if (summary) json(response, { summary, order: summary.erased ? null : ORDER, shipments: [], returns: [], timeline: TIMELINE, ...(summary.erased ? {} : { differs_from_agreed: differences(state.note) }) });
    else problem(response, 404, "not_found", "There is no such order.");
    return true;
  }
  if (part === "order-intents" && act === "resolve") return resolve(response, state, body), true;
  if (part === "order-intents") return page([...(state.decided ? [] : [INTENT]), ...(state.note ? [] : [DIFFERING])]), true;
  if (part === "quotes") {
    if (body.lines.some(({ sku }) => sku === "BROKEN")) json(response, BROKEN);
    else if (body.lines.some(({ sku }) => sku === "LATE")) json(response, { quote: quote("local", 5_900), comparison: { absence: { code: "timeout", text: "The store did not answer in time." }, local: quote("local", 5_900), differences: [] } });
    else if (body.lines.some(({ sku }) => sku === "SAME")) json(response, { quote: quote("realtime", 4_900), comparison: { realtime: quote("realtime", 4_900), local: quote("local", 4_900), differences: [] } });
    else if (body.lines.some(({ sku }) => sku.startsWith("NO"))) problem(response, 422, "invalid_request", "1 of the lines cannot be priced", [{ pointer: "/lines/0/sku", code: "unknown", detail: "no variant has this SKU" }]);
    else json(response, { quote: quote("realtime", 4_900), comparison: { realtime: quote("realtime", 4_900), local: quote("local", 5_900), differences: [{ what: "totals/shipping", realtime: sek(4_900), local: sek(5_900) }] } });
    return true;
  }
  if (part !== "webhooks") return false;
  if (!item) json(response, OVERVIEW);
  else if (item === "deliveries" && !act) page([{ ...DELIVERY, events: 1 }]);
  else if (item === "deliveries")
    json(response, {
      ...DELIVERY,
      events: [{ topic: "order", action: "update", occurred_at: null, decision: "route", reason: null, entities: [{ stream: "orders", id: "4711", state: "done" }] }],
      content: { headers: [{ name: "content-type", value: "application/x-www-form-urlencoded" }, { name: "x-centra-signature", value: "[cut]" }], body: { payload: [{ type: "order", ids: ["4711"], email: "[personal data]" }] } },
    });
  else if (item === "dead-letters") page(state.refetched ? [] : [{ stream: "offers", id: "88", since: hoursAgo(9), dead_lettered_at: hoursAgo(6), attempts: 12, error: "The store does not know it." }]);
  else {
    state.refetched ||= Boolean(body.entity);
    json(response, { deliveries: body.entity ? 0 : 1, entities: body.entity ? 1 : 0 });
  }
  return true;
}

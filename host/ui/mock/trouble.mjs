// What goes wrong, as the host reports it: deletions that are held, syncs that failed, plugins that misbehave, orders that are
// not as agreed; and texts of somebody who means harm.
const hoursAgo = (hours) => new Date(Date.now() - hours * 3_600_000).toISOString();
const sek = (amount_minor) => ({ amount_minor, currency: "SEK" });

const stream = (name, more = {}) => ({
  stream: name, mode: "full", since: null, watermark: hoursAgo(2), generation: 9, state: "done", checkpoint: null, pages: 4, seen: 812, upserted: 12, unchanged: 800,
  deleted: 0, held: 0, doubts: [], skipped: 0, left_out: [], requests: 5, bytes: 120_000, total: null, notices: [], error: null, started_at: hoursAgo(2), ended_at: hoursAgo(1.9), ...more,
});

const run = (id, hours, more) => ({ id, connection: "conn_1", trigger: "schedule", started_at: hoursAgo(hours), ended_at: hoursAgo(hours - 0.02), result: "ok", error: null, resumed: 0, continues: null, ...more });

export const PARTIAL = run("run_partial", 2, {
  result: "partial",
  error: { code: "limit_reached", message: "one pass over stream `prices` has reached 40000 records (sync.max_stream_records); look at the store, or raise the setting" },
  streams: [
    stream("markets", { seen: 3, upserted: 0 }),
    stream("shipping_options", { seen: 6, upserted: 0, left_out: [{ reason: "formula_shipping", message: "Shipping that is priced by a formula cannot be told before checkout.", count: 2 }] }),
    stream("offers", { state: "partial", seen: 812, held: 200, doubts: ["short_of_total", "large_share"], total: 1012, skipped: 3, notices: [{ code: "product_unreadable", message: "Product 4417 cannot be read: its record is broken in the store." }] }),
    stream("prices", { state: "failed", seen: 40_000, error: { code: "limit_reached", message: "one pass over stream `prices` has reached 40000 records (sync.max_stream_records); look at the store, or raise the setting" } }),
  ],
});

export const FAILED = run("run_failed", 1, {
  result: "failed", trigger: "manual", continues: "run_partial", resumed: 1,
  error: { code: "blocked", message: "Something between this host and Centra answered, not Centra (403 text/html): it refused the request; the credentials may still be valid." },
  streams: [stream("offers", { state: "running", seen: 120 }), stream("prices", { state: "pending", pages: 0, seen: 0, upserted: 0 })],
});

export const held = () => [
  {
    stream: "offers", rows: 200, since: hoursAgo(26), first_missed_at: null, examples: ["1001", "1002", "P-2210"],
    doubts: [
      { code: "short_of_total", message: "Fewer records were returned than the platform's total." },
      { code: "large_share", message: "More than sync.max_delete_percent of the rows would be deleted." },
    ],
  },
  { stream: "prices", rows: 1, since: hoursAgo(2), first_missed_at: hoursAgo(2), examples: ["101"], doubts: [{ code: "may_have_shifted", message: "The list is read in several requests by number: a row that leaves it moves others." }] },
];

export const FAILING = {
  label: "Lumen Lights",
  health: {
    status: "failing", since: hoursAgo(5), actor: "sync",
    cause: "Syncs have failed since 2 hours: Something between this host and Centra answered, not Centra (403 text/html): it refused the request; the credentials may still be valid.",
    remedy: "They are retried automatically; the next successful sync clears this.",
  },
  sync: { last_good_at: hoursAgo(31), failed_in_a_row: 7, failing_since: hoursAgo(30), last_error: "Something between this host and Centra answered, not Centra (403 text/html)." },
};

export const GOOD = { last_good_at: hoursAgo(0.2), failed_in_a_row: 0 };

export const BEHAVIOUR = {
  centra: {
    quarantined: false, stuck_calls: 1, last_fault: "call `pull` did not end after it was dropped",
    faults: [
      { kind: "panic", count: 2, last_message: "index out of bounds: the len is 0 but the index is 0", last_at: hoursAgo(7) },
      { kind: "panic_in_cleanup", count: 1, last_message: "a dropped call panicked: already borrowed", last_at: hoursAgo(7) },
      { kind: "late", count: 4, last_message: "call `quote` did not end within 10 s", last_at: hoursAgo(3) },
      { kind: "stuck", count: 1, last_message: "call `pull` did not end after it was dropped", last_at: hoursAgo(1) },
      { kind: "refused_page", count: 3, last_message: "a page of `offers` was refused: record 7 has no `id`", last_at: hoursAgo(0.1) },
    ],
  },
  template: { quarantined: true, held: "since 2026-11-29T21:14:02Z the host has ended again and again while it was at work for a sync", stuck_calls: 0, last_fault: "", faults: [] },
};

export const READINESS = { status: "degraded", missing_connectors: [{ connector: "shopline", connections: 1 }], held_plugins: ["template"] };

const DIFFERENCES = [
  { field: "currency", agreed: "SEK", actual: "JPY" },
  { field: "channel_reference", agreed: "NM-79", actual: "NM-97" },
  { field: "lines/P1001_MOS/quantity", agreed: 2, actual: 1 },
  { field: "shipping_price", agreed: sek(4_900), actual: null },
  { field: "total", agreed: sek(3_790), actual: { amount_minor: 4_510, currency: "JPY" } },
];

/** An intent whose order is not as agreed, and how it stands with the order. */
export const DIFFERING = {
  id: "intent_3", connection_id: "conn_1", key: "k-3", op: "submit_order", order_id: "4711", channel_reference: "NM-79", state: "confirmed", repeatable: false, manual_resolution: true,
  differs_from_agreed: DIFFERENCES, attempts: 1, searches: 0, error: null, actor: "channel chn_1", due_at: hoursAgo(0), created_at: hoursAgo(4), updated_at: hoursAgo(4),
};

const accepted = (note) => ({ note, actor: "key operator", at: hoursAgo(0) });

export const differences = (note) => [
  { intent_id: "intent_3", op: "submit_order", differences: DIFFERENCES, ...(note ? { accepted: accepted(note) } : {}) },
  { intent_id: "intent_1", op: "cancel_order", differences: [{ field: "lines/2/canceled", agreed: 1, actual: 0 }], accepted: accepted("The store ships it all the same; the customer agreed.") },
];

/** Markup, quotes, a turned direction, a bell, an escape sequence, and no place to break a line. */
export const NASTY = `</script><img src=x onerror="window.hacked=1">'{{7*7}}\u202Egnp.exe\u0007\u001b[31m\u200b${"W".repeat(240)}`;

const TEXTS = /^(?:message|cause|remedy|label|host|name|vendor|reason|detail|last_message|last_fault|last_error|held|note|actor|actual|agreed|field|title|summary|stream|error|code|connector|likely_cause|channel_reference|number|sku|text|file|url|description|examples|subject|trigger|result|state|kind|plugin_version|currency)$/u;

/** The same answer, from stores and plugins that mean harm: every text that may be theirs is another. */
export const tainted = (text) => JSON.stringify(JSON.parse(text, (key, value) => (typeof value === "string" && TEXTS.test(key) ? NASTY : value)));

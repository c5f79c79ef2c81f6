// Events and the endpoints that hear of them, as the host tells an operator.
import { json, problem } from "./connect_api.mjs";

const minutesAgo = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();

const event = (number, type, subject, data) => ({
  specversion: "1.0", id: `evt_${String(number).padStart(6, "0")}`, source: "/v1/connections/conn_1", type, subject, time: minutesAgo(number),
  datacontenttype: "application/json", sequence: String(9000 - number).padStart(19, "0"), connectionid: "conn_1", channelid: "ch_1", data,
});

const EVENTS = [
  event(3, "price.changed", "variants/101", { variant_id: "101", prices: [{ pricelist_id: "1", currency: "SEK", amount_minor: 149_900 }] }),
  event(9, "offer.updated", "offers/1", { offer_id: "1", title: "Alva linen dress", status: "active", changed: ["title"] }),
  event(31, "connection.reauth_required", null, { status: "reauth_required", cause: "Centra refuses the Integration API token." }),
];

const endpoint = (id, url, more = {}) => ({
  id, url, channel_id: "ch_1", types: [], description: "", enabled: true, disabled_at: null, disabled_reason: null, failures: 0, cooldown_until: null,
  former_secret_until: null, last_success_at: minutesAgo(2), last_failure_at: null, created_at: minutesAgo(60_000), updated_at: minutesAgo(60_000), ...more,
});

const fresh = () => [
  endpoint("ep_1", "https://northshore.example/hooks", { types: ["offer.*", "price.changed"], description: "Catalog" }),
  endpoint("ep_2", "https://slow.example/events", { channel_id: undefined, failures: 4, cooldown_until: new Date(Date.now() + 600_000).toISOString(), last_failure_at: minutesAgo(1) }),
  endpoint("ep_3", "https://gone.example/events", { enabled: false, disabled_at: minutesAgo(300), disabled_reason: "the endpoint answers 410: it is gone" }),
];

const attempt = (seq, outcome, status, error, more = {}) => ({
  seq, event_id: `evt_00000${seq}`, type: "offer.updated", number: 1, outcome, status, error, duration_ms: 41, at: minutesAgo(10 - seq), ...more,
});

export function eventsApi() {
  const endpoints = fresh();
  const attempts = [
    attempt(3, "delivered", 204, null),
    attempt(2, "refused", 500, "the endpoint answers 500 instead of 2xx", { number: 3 }),
    attempt(1, "timeout", null, "no answer within 15 s", { duration_ms: 15_000 }),
  ];
  let dead = [{ event: EVENTS[1], attempts: 10, dead_lettered_at: minutesAgo(500) }, { event: EVENTS[2], attempts: 10, dead_lettered_at: minutesAgo(400) }];
  const page = (response, data) => json(response, { data, next_cursor: null });
  const issued = (one) => ({ ...one, secret: "whsec_bW9jay1zZWNyZXQtb2YtdGhlLW1vY2s=" });

  /** Answers when the path is one of these; with `empty` as a host where nothing has happened. */
  return (response, method, url, body, empty) => {
    const [, , section, id, act] = url.pathname.split("/");
    if (section === "events" && !id) {
      const types = (url.searchParams.get("type") ?? "").split(",").filter(Boolean);
      if (types.includes("nonsense")) return problem(response, 422, "invalid_request", "a type is not known", [{ pointer: "/type/0", code: "unknown_type", detail: "must be a type" }]), true;
      const wanted = (one) => types.length === 0 || types.some((type) => (type.endsWith("*") ? one.type.startsWith(type.slice(0, -1)) : type === one.type));
      return json(response, { data: empty ? [] : EVENTS.filter(wanted), next_cursor: "MA", has_more: false }), true;
    }
    if (section !== "event-endpoints") return false;
    if (!id && method === "GET") return page(response, empty ? [] : endpoints), true;
    if (!id) {
      if (!body.url.startsWith("https://")) return problem(response, 422, "invalid_request", "the endpoint cannot be used", [{ pointer: "/url", code: "https", detail: "must begin with https://" }]), true;
      const made = endpoint(`ep_${endpoints.length + 1}`, body.url, { types: body.types, description: body.description, channel_id: body.channel_id, last_success_at: null });
      endpoints.push(made);
      return json(response, issued(made), 201), true;
    }
    const one = endpoints.find((other) => other.id === id);
    if (!one) return problem(response, 404, "not_found", "there is no such endpoint"), true;
    ofEndpoint(response, `${method} ${act ?? ""}`, one, body);
    return true;
  };

  function ofEndpoint(response, call, one, body) {
    const has = one.id === "ep_2";
    switch (call) {
      case "GET ":
        return json(response, { ...one, backlog: { retrying: has ? 7 : 0, dead_lettered: has ? dead.length : 0 } });
      case "PATCH ":
        Object.assign(one, { enabled: body.enabled, disabled_at: body.enabled ? null : minutesAgo(0), disabled_reason: body.enabled ? null : "disabled manually" });
        return json(response, { ...one, backlog: { retrying: 0, dead_lettered: 0 } });
      case "DELETE ":
        endpoints.splice(endpoints.indexOf(one), 1);
        return response.writeHead(204).end();
      case "GET attempts":
        return page(response, one.id === "ep_3" ? [] : attempts);
      case "GET dead-letters":
        return page(response, has ? dead : []);
      case "POST secret":
        if (!body.at_once) one.former_secret_until = new Date(Date.now() + 86_400_000).toISOString();
        return json(response, issued(one));
      case "POST test": {
        const made = one.enabled ? attempt(attempts.length + 1, "delivered", 204, null, { type: "endpoint.test" }) : attempt(attempts.length + 1, "gone", 410, "the endpoint answers 410: it is gone", { type: "endpoint.test" });
        attempts.unshift(made);
        return json(response, made);
      }
      case "POST replay": {
        const events = body.dead_lettered ? dead.length : body.since ? null : 1;
        dead = body.dead_lettered ? [] : dead.filter(({ event: { id } }) => id !== body.event_id);
        return json(response, { events }, 202);
      }
      default:
        return problem(response, 404, "not_found");
    }
  }
}

// The operator's API, as the host speaks it. The token signs in to a host with connections in different health, to one where
// nothing has happened yet, to one that fails, to one that does not answer, or to one whose stores and plugins mean harm.
import { readFileSync } from "node:fs";
import { json, problem } from "./connect_api.mjs";
import { eventsApi } from "./events_api.mjs";
import { organs } from "./organs_api.mjs";
import { found, manifests } from "./scenarios.mjs";
import { BEHAVIOUR, FAILED, FAILING, GOOD, held, PARTIAL, READINESS, tainted } from "./trouble.mjs";

const catalog = JSON.parse(readFileSync(new URL("./fixtures/catalog.json", import.meta.url), "utf8"));
const daysFrom = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
const COLOURS = ["#c9d6c3", "#d9c8b4", "#b9c7d6", "#e0d3d8"];
const picture = (index) =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 5"><rect width="4" height="5" fill="${COLOURS[index % 4]}"/></svg>`)}`;

function connection(id, label, health, more = {}) {
  return {
    id,
    version: 1,
    connector_id: "centra",
    plugin_version: "0.1.0",
    channel_id: "chn_1",
    merchant_id: `merchant-${id}`,
    label,
    environment: "live",
    health: { since: daysFrom(-2), actor: "nightly check", cause: null, remedy: null, ...health },
    store: { host: `${label.toLowerCase().replaceAll(" ", "-")}.centra.com`, store_id: "1", name: label },
    settings: found.settings,
    credentials: ["store_url", "integration_api_token"].map((field) => ({ field, set: true, updated_at: daysFrom(-20) })),
    findings: {
      capabilities: found.capabilities,
      checks: found.checks,
      permissions_used: found.permissions_used.slice(0, 20),
      permissions_missing: ["Translation:read"],
      expiries: [{ field: "integration_api_token", expires_at: daysFrom(10), assumed: true }],
    },
    created_at: daysFrom(-20),
    validated_at: daysFrom(-1),
    next_sync: { due_at: daysFrom(0.5), full: false, failed_attempts: 0 },
    sync: GOOD,
    held_deletions: [],
    ...more,
  };
}

function fresh() {
  return [
    connection("conn_1", "Acme Retail", { status: "active" }, { held_deletions: held() }),
    connection("conn_2", "Nordic Shoes", {
      status: "reauth_required",
      cause: "Centra refuses the Integration API token: it is wrong, has expired or was revoked.",
      remedy: "Send the merchant a link to renew the connection.",
    }),
    connection("conn_3", "Fjord Knit", { status: "degraded", cause: "Translations cannot be read.", remedy: "Give the token Translation:read." }, { environment: "test", paused_at: daysFrom(-1), held_deletions: held() }),
    connection("conn_4", FAILING.label, FAILING.health, { sync: FAILING.sync, next_sync: { due_at: daysFrom(0.01), full: false, failed_attempts: 7 } }),
    connection("conn_5", "Harbour Books", { status: "active" }, { connector_id: "shopline" }),
    connection("conn_6", "Meadow Garden", { status: "active" }, { connector_id: "template" }),
  ];
}

/** A connection of which nothing is known yet. */
function newborn() {
  const findings = { capabilities: [], checks: [], permissions_used: [], permissions_missing: [], expiries: [] };
  return connection("conn_new", "Newborn", { status: "pending" }, { findings, store: null, credentials: [], merchant_id: null, validated_at: null, next_sync: null, sync: { last_good_at: null, failed_in_a_row: 0 }, empty: true });
}

const HOSTS = ["operator", "empty", "failing", "hanging", "hostile"];

export function dashboardApi({ asked }) {
  const connections = fresh();
  const events = eventsApi();
  return async (request, response, url, body) => {
    if (!/^\/(v1|dashboard\/v1)\/|^\/readyz$/u.test(url.pathname)) return false;
    if (/session=hostile/u.test(request.headers.cookie ?? "")) taint(response);
    const call = `${request.method} ${url.pathname}`;
    asked.push({ call, body });
    if (call === "POST /dashboard/v1/login") {
      if (!HOSTS.includes(body.token)) return problem(response, 401, "key_refused", "This key is not known. Check that it was copied whole."), true;
      response.setHeader("set-cookie", `session=${body.token}; Path=/; HttpOnly; SameSite=Lax`);
      return response.writeHead(204).end(), true;
    }
    const host = /session=([a-z]+)/u.exec(request.headers.cookie ?? "")?.[1];
    if (!host) return problem(response, 401, "key_required"), true;
    if (call === "POST /dashboard/v1/logout") {
      response.setHeader("set-cookie", "session=; Path=/; Max-Age=0");
      return response.writeHead(204).end(), true;
    }
    const [, , section, id, ...rest] = url.pathname.split("/");
    const empty = host === "empty";
    if (call === "GET /dashboard/v1/login") json(response, { key_id: "key_1", demonstration: true });
    else if (host === "hanging") return true;
    else if (call === "GET /readyz") readiness(response, host);
    else if (host === "failing") problem(response, 500, "internal", "internal error; find the reason in the host's log by this request id");
    else if (section === "plugins") plugins(response, id, empty);
    else if (events(response, request.method, url, body, empty)) return true;
    else if (section === "connections" && !id) json(response, { data: empty ? [] : connections.map(({ findings, ...line }) => ({ ...line, expiries: findings.expiries })), next_cursor: null });
    else {
      const one = empty ? newborn() : connections.find((other) => other.id === id);
      if (one) ofConnection(response, request.method, one, rest, url, body);
      else problem(response, 404, "not_found", "There is no such connection.");
    }
    return true;
  };
}

function taint(response) {
  const end = response.end.bind(response);
  response.end = (text) => end(/json/u.test(response.getHeader("content-type") ?? "") && text ? tainted(text) : text);
}

function readiness(response, host) {
  if (host === "failing") return problem(response, 503, "work_stopped", "no worker lives for: sync; they are started again by themselves, the log says why");
  json(response, host === "empty" ? { status: "ok" } : READINESS);
}

function plugins(response, id, empty) {
  if (empty) return json(response, { data: [], refused: [] });
  if (id && !manifests[id]) return problem(response, 503, "connector_unavailable", `no loaded plugin has the connector ${id}`);
  if (id) return json(response, { ...manifests[id], behaviour: BEHAVIOUR[id] });
  const view = ({ id: connector, name, vendor, plugin_version, contract_version }) => ({
    id: connector, name, vendor, plugin_version, contract_version, sha256: "51955e4a1d5f018687e218797afdff4a", quarantined: false, last_fault: "", stuck_calls: 0, faults: [], ...BEHAVIOUR[connector],
  });
  json(response, {
    data: Object.values(manifests).map(view),
    refused: [{ file: "libold_plugin.so", code: "contract_mismatch", reason: "It was built for contract 0.9.", remedy: "Build it again with connector-api 1.x." }],
  });
}

function ofConnection(response, method, one, rest, url, body) {
  if (organs(response, method, one, rest, body)) return undefined;
  const [part, offer, item] = rest;
  switch (`${method} ${part ?? ""}`) {
    case "GET ":
      return json(response, one);
    case "DELETE ":
      one.health = { status: "disconnected", cause: body.reason, remedy: null, since: daysFrom(0), actor: "operator" };
      return json(response, one);
    case "GET runs":
      return json(response, { data: one.empty ? [] : [FAILED, PARTIAL, catalog.run], next_cursor: null });
    case "POST held-deletions":
      return acceptDeletions(response, one, body);
    case "GET events":
      return json(response, one.empty ? { data: [], next_cursor: "MA", has_more: false } : { data: [{ id: "evt_2", type: "connection.connected", time: daysFrom(-2), connectionid: one.id, data: { status: one.health.status, before: "pending", cause: one.health.cause, actor: "nightly check" } }], next_cursor: "MA", has_more: false });
    case "GET progress":
      return progress(response, one);
    case "GET catalog":
      return catalogOf(response, one, offer, item, url);
    case "POST check":
      if (one.connector_id === "shopline") return problem(response, 503, "connector_unavailable", "no loaded plugin has the connector shopline");
      if (one.id === "conn_4") return json(response, { ok: false, outcome: "not_asked", note: "the platform could not be reached: the connection is unchanged; check again later", checks: [], connection: one });
      return json(response, { ok: true, outcome: "works", checks: one.findings.checks, connection: one });
    case "POST sync":
      return one.paused_at ? problem(response, 409, "not_ready", `connection ${one.id} is paused and cannot be synced; resume it first`) : json(response, { queued: true }, 202);
    case "POST pause":
      one.paused_at = daysFrom(0);
      return json(response, one);
    case "POST resume":
      delete one.paused_at;
      return json(response, one);
    case "POST reauth-link":
      return json(response, { id: "cns_1", url: "https://connect.example/connect/#tok_mock", expires_at: daysFrom(1) }, 201);
    default:
      return problem(response, 404, "not_found");
  }
}

function acceptDeletions(response, one, { streams }) {
  if (one.paused_at) return problem(response, 409, "busy", `connection ${one.id} is being synced: its deletions cannot be accepted until that has ended`);
  const accepted = one.held_deletions.filter(({ stream }) => streams.length === 0 || streams.includes(stream));
  one.held_deletions = one.held_deletions.filter((of) => !accepted.includes(of));
  return json(response, { data: accepted.map(({ stream, rows }) => ({ stream, rows })) });
}

function progress(response, one) {
  response.setHeader("content-type", "text/event-stream");
  const running = one.id === "conn_1";
  const streams = running
    ? [
        { stream: "markets", state: "done", pages: 1, seen: 3, total: 3 },
        { stream: "offers", state: "running", pages: 4, seen: 80, total: 200 },
        { stream: "prices", state: "pending", pages: 0, seen: 0, total: null },
      ]
    : [];
  response.write(`event: progress\ndata: ${JSON.stringify({ state: running ? "running" : "idle", run_id: null, streams, message: null, result: null })}\n\n`);
}

function catalogOf(response, { empty }, part, item, url) {
  if (empty) return json(response, part ? { data: [], next_cursor: null } : { streams: [] });
  if (!part) return json(response, { streams: catalog.counts });
  if (part === "export") {
    response.setHeader("content-type", "application/jsonl");
    return response.end(catalog.offers.map((data) => `${JSON.stringify({ stream: "offers", data })}\n`).join(""));
  }
  if (item) {
    const index = catalog.offers.findIndex(({ id }) => id === item);
    const summary = catalog.offers[index];
    if (!summary) return problem(response, 404, "not_found", "There is no such offer.");
    const media = catalog.offer.offer.media.map((one, other) => ({ ...one, url: picture(index + other) }));
    return json(response, { ...catalog.offer, summary, offer: { ...catalog.offer.offer, title: { default: summary.title }, media } });
  }
  const text = (url.searchParams.get("text") ?? "").toLowerCase();
  json(response, { data: catalog.offers.filter(({ title }) => title.toLowerCase().includes(text)), next_cursor: null });
}

// The page's API, as the host speaks it: `Authorization: Connect <token>`, problems, server-sent events.
import { SCENARIOS, sessionOf, tryCredentials } from "./scenarios.mjs";

const PREFIX = "/connect/v1/";

export function problem(response, status, code, detail = "", errors = []) {
  response.statusCode = status;
  response.setHeader("content-type", "application/problem+json");
  const type = `https://errors.example/${code}`;
  response.end(JSON.stringify({ type, title: code, status, detail, code, request_id: "req_01mock", errors }));
}

export function json(response, body, status = 200) {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(body));
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function connectApi({ pace, asked }) {
  const closed = new Set();
  return async (request, response, url, body) => {
    if (!url.pathname.startsWith(PREFIX)) return false;
    const token = /^Connect (.+)$/u.exec(request.headers.authorization ?? "")?.[1];
    const [name] = (token ?? "").split("~");
    const scenario = SCENARIOS[name];
    const address = `http://${request.headers.host}`;
    const call = `${request.method} ${url.pathname.slice(PREFIX.length)}`;
    asked.push({ call, token, body });
    if (!scenario) return problem(response, 401, "session_unknown"), true;
    if (scenario.problem) return problem(response, ...scenario.problem), true;
    if (closed.has(token)) return problem(response, 410, "session_used"), true;
    const back = (status, more = "") => ({ redirect_url: `${address}/channel/return?status=${status}&state=${encodeURIComponent("a b&c=å/1")}${more}` });
    switch (call) {
      case "GET session":
        if (scenario.hanging) break;
        if (scenario.unreachable) return response.destroy(), true;
        json(response, sessionOf(name, address));
        break;
      case "PUT draft":
        saveDraft(response, name, body);
        break;
      case "POST check":
        await check(response, name, scenario, body, scenario.pace ?? pace);
        break;
      case "POST confirm":
        if (scenario.refusedConfirm && body.settings.market_id !== 2) {
          problem(response, 422, "settings_refused", "", [{ pointer: "/settings/market_id", code: "not_offered", detail: "This market was closed a moment ago. Choose another." }]);
          break;
        }
        if (scenario.confirmProblem) {
          problem(response, ...scenario.confirmProblem);
          break;
        }
        if (scenario.confirmFails) {
          problem(response, 503, "unavailable", "The host is busy.");
          break;
        }
        closed.add(token);
        json(response, back("connected", "&connection_id=conn_1&result_token=crt_mock"));
        break;
      case "POST cancel":
        closed.add(token);
        json(response, back("cancelled"));
        break;
      case "GET webhook":
        json(response, { received: asked.filter((one) => one.call === "GET webhook" && one.token === token).length > 2 });
        break;
      default:
        problem(response, 404, "not_found");
    }
    return true;
  };
}

function saveDraft(response, name, { credentials }) {
  const schema = sessionOf(name, "").credential_schema.properties;
  const secret = Object.keys(credentials).find((field) => schema[field]["x-secret"]);
  if (secret) return problem(response, 422, "secret_in_draft", "", [{ pointer: `/credentials/${secret}`, code: "secret_in_draft", detail: "" }]);
  response.statusCode = 204;
  response.end();
}

async function check(response, name, scenario, body, pace) {
  if (scenario.expiresMidway) return problem(response, 410, "session_expired");
  if (scenario.limited) return response.setHeader("retry-after", "42"), problem(response, 429, "rate_limited");
  if (scenario.failing) return problem(response, 500, "internal");
  if (!body.credentials.integration_api_token && scenario.connector !== "template") {
    return problem(response, 422, "form_invalid", "", [{ pointer: "/credentials/integration_api_token", code: "required", detail: "Integration API Token is missing" }]);
  }
  response.setHeader("content-type", "text/event-stream");
  const { checks, result } = tryCredentials(name, body);
  for (const [index, one] of checks.entries()) {
    await wait(pace);
    if (scenario.cut && index === 4) return response.destroy();
    response.write(`event: check\ndata: ${JSON.stringify(one)}\n\n`);
  }
  await wait(pace);
  response.end(`event: result\ndata: ${JSON.stringify(result)}\n\n`);
}

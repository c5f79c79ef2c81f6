// A stand-in for the host: serves `dist` with the host's headers and answers the page's API from scripted scenarios.
// For development and the browser tests only. No dependencies.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { connectApi } from "./connect_api.mjs";
import { dashboardApi } from "./dashboard_api.mjs";

const MIME = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8" };
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https:; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
/** As for a channel that may show the page in a frame. */
const FRAMED = CSP.replace("frame-ancestors 'none'", "frame-ancestors 'self'");
const FRAME = `<!doctype html><html lang="en"><title>Channel</title><style>iframe { width: 100%; height: 90vh; border: 0 }</style><section aria-labelledby="channel"><h1 id="channel">Channel</h1><iframe title="Connect" src="/connect/?channel=ch_1`;

/** The document that the reference shows. */
const DOCUMENT = fileURLToPath(new URL("../../../schemas/openapi.json", import.meta.url));

const HEADERS = {
  "content-security-policy": CSP,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** Starts the mock; answers its address and what pages asked of it. */
export async function startMock({ port = 0, dist = fileURLToPath(new URL("../dist", import.meta.url)), pace = 0 } = {}) {
  const asked = [];
  const apis = [connectApi({ pace, asked }), dashboardApi({ asked })];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://mock");
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const body = await readBody(request);
    for (const api of apis) if (await api(request, response, url, body)) return;
    if (url.pathname === "/openapi.json") {
      response.setHeader("content-type", "application/json");
      response.end(await readFile(DOCUMENT));
      return;
    }
    await serveFile(dist, url, response);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}`;
  return { address, asked, close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))) };
}

async function readBody(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString();
  return text ? JSON.parse(text) : undefined;
}

async function serveFile(dist, url, response) {
  // The channel's page, where a walk ends.
  if (url.pathname === "/channel/return") {
    response.setHeader("content-type", MIME[".html"]);
    response.end(`<!doctype html><html lang="en"><title>Channel</title><h1>Back at the channel</h1></html>`);
    return;
  }
  // A channel's page that shows ours in a frame; the link's token is in its own fragment.
  if (url.pathname === "/channel/frame") {
    response.setHeader("content-type", MIME[".html"]);
    response.removeHeader("content-security-policy");
    response.end(`${FRAME}#${encodeURIComponent(url.searchParams.get("link") ?? "")}"></iframe></section></html>`);
    return;
  }
  if (url.searchParams.get("channel") === "ch_1") response.setHeader("content-security-policy", FRAMED);
  const path = url.pathname.endsWith("/") ? `${url.pathname}index.html` : url.pathname;
  try {
    const content = await readFile(join(dist, normalize(path)));
    response.setHeader("content-type", MIME[extname(path)] ?? "application/octet-stream");
    response.end(content);
  } catch {
    response.statusCode = 404;
    response.end();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await startMock({ port: Number(process.env.PORT ?? 4173), pace: 350 });
  const { SCENARIOS } = await import("./scenarios.mjs");
  console.log(Object.keys(SCENARIOS).map((name) => `${address}/connect/#${name}`).join("\n"));
  console.log(`${address}/dashboard/   (token: operator)\n${address}/docs/`);
}

// The real thing: built programs, real plugin files, simulated stores, each a process of its own that ends with the tests.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAMS = resolve(process.env.PROGRAMS ?? fileURLToPath(new URL("../../../../target/debug", import.meta.url)));
const PLUGINS = ["libcentra_plugin.so", "libplugin_template.so"];
export const STATE = "a b&c=å/1?#%20";
export const ACCESS_WORD = "open-sesame-4711";

/** Starts a program and waits for the JSON line in which it says where it is. */
async function start(name, parameters, { stderr = "ignore", env = {} } = {}) {
  const child = spawn(join(PROGRAMS, name), parameters, { stdio: ["pipe", "pipe", stderr], env: { ...process.env, ...env } });
  const line = await new Promise((done, failed) => {
    createInterface({ input: child.stdout }).once("line", done);
    child.once("error", (error) => failed(new Error(`${name} cannot be started (cargo build --workspace): ${error.message}`)));
    child.once("exit", (code) => failed(new Error(`${name} ended with ${code}`)));
  });
  const end = () => new Promise((ended) => (child.exitCode === null ? (child.once("exit", ended), child.kill()) : ended()));
  return { ...JSON.parse(line), end };
}

/** A simulated Centra store. */
export const startStore = (...options) =>
  start("centra-sim", ["serve", "--exit-with-parent", "--seed", "small", "--quota", "unlimited", ...options]);

/** Uses one of a simulated store's test controls. */
export async function control(store, what, body = {}) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${store.address}/_sim/${what}`, { method: "POST", headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${what}: ${answer.status} ${await answer.text()}`);
}

/** A channel's endpoint for events, which accepts them; what came is in `events`. */
export async function startReceiver() {
  const events = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    events.push(JSON.parse(Buffer.concat(parts).toString()));
    response.writeHead(204).end();
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { events, url: `http://127.0.0.1:${server.address().port}/hooks`, end: () => new Promise((ended) => (server.closeAllConnections(), server.close(ended))) };
}

/** The template plugin's platform: one document behind an access word, of `products` that may change. */
export async function startShop() {
  const products = [{ id: "a", title: "Apple", price: "0.50", stock: 7 }];
  const server = createServer((request, response) => {
    const welcome = request.headers.authorization === `Bearer ${ACCESS_WORD}`;
    response.statusCode = welcome ? 200 : 403;
    response.end(welcome ? JSON.stringify({ name: "Corner shop", currency: "EUR", products }) : "");
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { products, url: `http://127.0.0.1:${server.address().port}/catalog.json`, end: () => new Promise((ended) => (server.closeAllConnections(), server.close(ended))) };
}

/** A host with both plugins, a fresh data folder, and a channel that sends its merchants back to `back`. */
export async function startHost({ back, env }) {
  const folder = mkdtempSync(join(tmpdir(), "connector-host-"));
  mkdirSync(join(folder, "plugins"));
  for (const file of PLUGINS) copyFileSync(join(PROGRAMS, file), join(folder, "plugins", file));
  const log = join(folder, "log");
  const host = await start(
    "connector-host",
    ["--data-dir", join(folder, "data"), "--plugins", join(folder, "plugins"), "--allow-private-network", "127.0.0.0/8", "serve", "--listen", "127.0.0.1:0", "--json"],
    { stderr: openSync(log, "a"), env },
  );
  const call = async (key, method, path, body) => {
    const answer = await fetch(host.address + path, {
      method,
      headers: { authorization: key.includes(" ") ? key : `Bearer ${key}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };
  const operator = host.operator_key;
  const profile = { name: "Northshore Market", accent_color: "#1f6f5c", redirect_urls: [back] };
  const { id: channel } = await call(operator, "POST", "/v1/channels", profile);
  const { key } = await call(operator, "POST", `/v1/channels/${channel}/keys`, {});
  return {
    address: host.address,
    operator,
    call: (method, path, body) => call(operator, method, path, body),
    /** What the merchant's page sends. */
    asPage: (link, method, path, body) => call(`Connect ${link.split("#")[1]}`, method, `/connect/v1/${path}`, body),
    redeem: (token) => call(key, "POST", "/v1/connect-sessions/redeem", { result_token: token }),
    session: (wanted) => call(key, "POST", "/v1/connect-sessions", { connector: "centra", redirect_url: back, state: STATE, ...wanted }),
    /** A merchant's link, as a path below the host's address. */
    link: async (wanted) => {
      const { url } = await call(key, "POST", "/v1/connect-sessions", { connector: "centra", redirect_url: back, state: STATE, ...wanted });
      return url.slice(host.address.length);
    },
    /** Files below the host's folder that hold a text: database, its journal, log. */
    holding: (text) => filesBelow(folder).filter((file) => readFileSync(file).includes(text)),
    end: async () => {
      await host.end();
      rmSync(folder, { recursive: true });
    },
  };
}

function filesBelow(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === "plugins" || name === "plugin-copies") return [];
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

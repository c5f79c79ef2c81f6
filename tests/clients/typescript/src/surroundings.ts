// What the walks get from the program that started the host.
import assert from "node:assert/strict";

function given(name: string): string {
  const value = process.env[name];
  assert.ok(value, `the variable ${name} is not set`);
  return value;
}

export const HOST = given("HOST_URL");
export const KEY = given("CHANNEL_KEY");
export const CONNECTION = given("CONNECTION_ID");
export const REDIRECT = given("REDIRECT_URL");
/** The address that everything is sent to. */
export const SHIP_TO = { name: "Ada Lovelace", line1: "Storgatan 1", postal_code: "111 20", city: "Stockholm", country: "SE", email: "ada@example.com" };

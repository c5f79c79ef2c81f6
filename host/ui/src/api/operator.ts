// The dashboard's side of the host: the operator's API, signed in by a cookie.
import type { FormSchema } from "../schema/profile";
import type { CapabilityState, Check } from "./session";
import type { Page } from "./page";
import { after, answer, get, send } from "./request";
import type { HeldDeletions, SyncStanding } from "./syncs";

export interface Health {
  status: string;
  cause?: string | null;
  remedy?: string | null;
  since: string;
  actor?: string;
}

export interface Expiry {
  field: string;
  expires_at: string;
  assumed: boolean;
}

export interface ConnectionLine {
  id: string;
  connector_id: string;
  label: string;
  environment: "live" | "test";
  channel_id?: string;
  merchant_id?: string;
  health: Health;
  store: { host: string; store_id: string; name: string } | null;
  sync?: SyncStanding;
  expiries: Expiry[];
  paused_at?: string;
  created_at: string;
  validated_at: string | null;
}

export interface Connection extends Omit<ConnectionLine, "expiries"> {
  plugin_version: string;
  credentials: { field: string; set: boolean; updated_at: string }[];
  findings: {
    capabilities: CapabilityState[];
    checks: Check[];
    permissions_used: string[];
    permissions_missing: string[];
    expiries: Expiry[];
  };
  next_sync: { due_at: string; full: boolean; failed_attempts: number } | null;
  held_deletions?: HeldDeletions[];
}

/** What a check by hand came to. */
export interface Checked {
  ok: boolean;
  outcome?: "works" | "refused" | "not_confirmed" | "not_asked" | (string & {});
  note?: string;
}

/** An event `connection.*`: what happened to the connection itself. */
export interface ConnectionEvent {
  id: string;
  type: string;
  time: string;
  data: { status: string; before?: string; cause?: string; actor?: string };
}

export interface OfferSummary {
  id: string;
  title: string | null;
  status: string;
  variants: number;
  /** Why channels do not sell it, as a code. */
  excluded?: string | null;
}

export interface OfferPrice {
  variant_id: string;
  pricelist_id: string;
  currency: string;
  amount_minor: number;
  /** Before a reduction. */
  list_amount_minor?: number | null;
  /** The lowest of the 30 days before the reduction. */
  lowest_amount_minor?: number | null;
}

export interface OfferDetail {
  offer: {
    title?: { default?: string };
    brand?: string;
    excluded?: { code: string; reason: string };
    media?: { id: string; url: string; alt?: string; kind: string }[];
    variants?: { id: string; sku?: string; title: string; excluded?: { code: string; reason: string } }[];
  };
  summary: OfferSummary;
  prices: OfferPrice[];
  inventory: { variant_id: string; location_id: string; available: number | null }[];
}

export interface Plugins {
  data: {
    id: string;
    name: string;
    vendor: string;
    plugin_version: string;
    contract_version: string;
    sha256: string;
    quarantined: boolean;
    /** Why it is held back until somebody releases it. */
    held?: string;
    last_fault: string;
    stuck_calls: number;
    faults?: { kind: string; count: number; last_message: string; last_at: string }[];
  }[];
  refused: { file: string; code: string; reason: string; remedy: string }[];
}

/** Whether the host takes requests, and what does not work although it does. */
export interface Readiness {
  status: string;
  missing_connectors?: { connector: string; connections: number }[];
  /** Connectors whose plugins are held back until somebody releases them. */
  held_plugins?: string[];
  /** What an operator should look at, such as a disk that is almost full. */
  warnings?: string[];
}

export interface Manifest {
  capabilities?: { name: string; summary: string }[];
  permissions?: { name: string; required: boolean; used_for: string }[];
  credential_schema?: FormSchema;
  behaviour?: { quarantined: boolean; held?: string; last_fault: string };
}

export const operatorApi = {
  who: () => get<{ key_id: string; demonstration: boolean }>("/dashboard/v1/login"),
  login: (token: string) => send("POST", "/dashboard/v1/login", { token }),
  logout: () => send("POST", "/dashboard/v1/logout"),
  connections: (cursor?: string) => get<Page<ConnectionLine>>(`/v1/connections?limit=50${after(cursor)}`),
  connection: (id: string) => get<Connection>(`/v1/connections/${id}`),
  events: (id: string) => get<Page<ConnectionEvent>>(`/v1/connections/${id}/events?type=connection.*&newest_first=true&limit=20`),
  check: (id: string) => answer<Checked>(send("POST", `/v1/connections/${id}/check`)),
  sync: (id: string, full: boolean) => send("POST", `/v1/connections/${id}/sync`, { full }),
  pause: (id: string) => send("POST", `/v1/connections/${id}/pause`),
  resume: (id: string) => send("POST", `/v1/connections/${id}/resume`),
  reauthLink: (id: string) => answer<{ url: string; expires_at: string }>(send("POST", `/v1/connections/${id}/reauth-link`)),
  disconnect: (id: string, reason: string) => send("DELETE", `/v1/connections/${id}`, { reason }),
  counts: (id: string) => get<{ streams: { stream: string; live: number; deleted: number }[] }>(`/v1/connections/${id}/catalog`),
  /** Where the whole catalog can be downloaded. */
  exportOf: (id: string) => `/v1/connections/${id}/catalog/export`,
  offers: (id: string, text: string, cursor?: string) =>
    get<Page<OfferSummary>>(`/v1/connections/${id}/catalog/offers?limit=12${text ? `&text=${encodeURIComponent(text)}` : ""}${after(cursor)}`),
  offer: (id: string, offer: string) => get<OfferDetail>(`/v1/connections/${id}/catalog/offers/${encodeURIComponent(offer)}`),
  plugins: () => get<Plugins>("/v1/plugins"),
  readiness: () => get<Readiness>("/readyz"),
  manifest: (connector: string) => get<Manifest>(`/v1/plugins/${encodeURIComponent(connector)}`),
};

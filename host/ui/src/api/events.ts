// Events out: what has happened, the endpoints that hear of it, and how the sending goes.
import type { Page } from "./page";
import { after, answer, get, send } from "./request";

export interface HostEvent {
  id: string;
  type: string;
  subject?: string | null;
  time: string;
  connectionid: string;
  channelid?: string | null;
  data: unknown;
}

export interface EventPage {
  data: HostEvent[];
  next_cursor: string;
  has_more: boolean;
}

export interface Endpoint {
  id: string;
  channel_id?: string;
  url: string;
  types: string[];
  description: string;
  enabled: boolean;
  disabled_at: string | null;
  disabled_reason: string | null;
  failures: number;
  cooldown_until: string | null;
  former_secret_until: string | null;
  last_success_at: string | null;
  last_failure_at: string | null;
  created_at: string;
}

export interface EndpointDetail extends Endpoint {
  backlog: { retrying: number; dead_lettered: number };
}

export interface IssuedEndpoint extends Endpoint {
  secret: string;
}

export interface Attempt {
  seq: number;
  event_id: string;
  type: string;
  number: number;
  outcome: string;
  status: number | null;
  error: string | null;
  duration_ms: number;
  at: string;
}

export interface DeadLetteredEvent {
  event: HostEvent;
  attempts: number;
  dead_lettered_at: string;
}

export interface EndpointRequest {
  url: string;
  types: string[];
  description: string;
  channel_id?: string;
}

export type ReplayRequest = { event_id: string } | { since: string } | { dead_lettered: true };

const ENDPOINTS = "/v1/event-endpoints";

export const eventsApi = {
  /** The newest first; `types` as the host takes them: `offer.*,price.changed`. */
  newest: (types: string, connection: string, cursor?: string) =>
    get<EventPage>(
      `/v1/events?newest_first=true&limit=25${types ? `&type=${encodeURIComponent(types)}` : ""}${connection ? `&connection_id=${encodeURIComponent(connection)}` : ""}${after(cursor)}`,
    ),
  endpoints: (cursor?: string) => get<Page<Endpoint>>(`${ENDPOINTS}?limit=50${after(cursor)}`),
  endpoint: (id: string) => get<EndpointDetail>(`${ENDPOINTS}/${id}`),
  attempts: (id: string, cursor?: string) => get<Page<Attempt>>(`${ENDPOINTS}/${id}/attempts?limit=15${after(cursor)}`),
  deadLettered: (id: string, cursor?: string) => get<Page<DeadLetteredEvent>>(`${ENDPOINTS}/${id}/dead-letters?limit=15${after(cursor)}`),
  add: (request: EndpointRequest) => answer<IssuedEndpoint>(send("POST", ENDPOINTS, request)),
  enable: (id: string, enabled: boolean) => send("PATCH", `${ENDPOINTS}/${id}`, { enabled }),
  remove: (id: string) => send("DELETE", `${ENDPOINTS}/${id}`),
  rotate: (id: string, at_once: boolean) => answer<IssuedEndpoint>(send("POST", `${ENDPOINTS}/${id}/secret`, { at_once })),
  test: (id: string) => answer<Attempt>(send("POST", `${ENDPOINTS}/${id}/test`)),
  replay: (id: string, request: ReplayRequest) => answer<{ events: number | null }>(send("POST", `${ENDPOINTS}/${id}/replay`, request)),
};

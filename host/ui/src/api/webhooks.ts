// Webhooks of a connection: how they come in, what became of each, reading them again.
import type { Page } from "./page";
import { after, get, send } from "./request";

export interface WebhookOverview {
  allow_unsigned: boolean;
  accepted: number;
  duplicates: number;
  refused: number;
  polled: number;
  last_accepted_at?: string | null;
  last_refused_at?: string | null;
  silent_since?: string | null;
  waiting_deliveries: number;
  dead_lettered_deliveries: number;
  waiting_entities: number;
  dead_lettered_entities: number;
  refusals: { at: string; verdict: string; likely_cause?: string | null; bytes: number }[];
  changes: { day: string; stream: string; source: string; changed: number; drift: number }[];
}

export interface Delivery {
  id: number;
  received_at: string;
  source: string;
  proof: string;
  bytes: number;
  state: string;
  attempts: number;
  replays: number;
  error?: string | null;
  events: number;
}

export interface DeliveryShown extends Omit<Delivery, "events"> {
  signed_at?: string | null;
  read_at?: string | null;
  events: { topic: string; action?: string | null; decision: string; reason?: string | null; entities: { stream: string; id: string; state: string }[] }[];
  content?: { headers: { name: string; value: string }[]; body?: unknown } | null;
}

export interface DeadLetteredEntity {
  stream: string;
  id: string;
  dead_lettered_at: string;
  attempts: number;
  error?: string | null;
}

const of = (id: string) => `/v1/connections/${id}/webhooks`;

export const webhooksApi = {
  overview: (id: string) => get<WebhookOverview>(of(id)),
  deliveries: (id: string, cursor?: string) => get<Page<Delivery>>(`${of(id)}/deliveries?limit=25${after(cursor)}`),
  delivery: (id: string, delivery: string) => get<DeliveryShown>(`${of(id)}/deliveries/${encodeURIComponent(delivery)}`),
  deadLettered: (id: string) => get<Page<DeadLetteredEntity>>(`${of(id)}/dead-letters?limit=25`),
  /** Reads one delivery again. */
  replay: (id: string, delivery: number) => send("POST", `${of(id)}/replay`, { from: delivery, to: delivery }),
  refetch: (id: string, stream: string, entity: string) => send("POST", `${of(id)}/replay`, { entity: { stream, id: entity } }),
};

// Orders of a connection, and what was asked of the platform about them. Nothing about people is read here.
import { after, get, send } from "./request";
import type { Page } from "./page";

export interface OrderSummary {
  id: string;
  number: string | null;
  channel_reference: string | null;
  status: string;
  fulfillment_status: string;
  financial_status: string;
  currency: string;
  total_minor: number | null;
  quantity: number;
  placed_at: string | null;
  changed_at: string;
  erased: boolean;
  /** It is not as agreed, and nobody has accepted that. */
  differs_from_agreed?: boolean;
}

export interface Difference {
  field: string;
  agreed?: unknown;
  actual?: unknown;
}

export interface Acceptance {
  note: string;
  actor: string;
  at: string;
}

interface Money {
  amount_minor: number;
  currency: string;
}

export interface OrderDetail {
  summary: OrderSummary;
  order?: {
    lines?: { id: string; sku?: string; title: string; ordered: number; fulfilled: number; returned: number; canceled: number; total?: Money }[];
    totals?: { kind: string; amount: Money; label?: string }[];
  } | null;
  timeline: { at: string; kind: string; actor?: string | null; intent_id?: string | null; detail?: unknown }[];
  differs_from_agreed?: { intent_id: string; op: string; differences: Difference[]; accepted?: Acceptance }[];
}

export interface Intent {
  id: string;
  op: string;
  state: string;
  manual_resolution: boolean;
  differs_from_agreed?: Difference[];
  order_id?: string | null;
  channel_reference?: string | null;
  attempts: number;
  searches: number;
  error?: { message?: string } | null;
  actor: string;
  created_at: string;
}

export type Decision =
  | { decision: "done"; order_ids: string[] }
  | { decision: "not_done" }
  | { decision: "accept_difference"; note: string };

const of = (id: string) => `/v1/connections/${id}`;

export const ordersApi = {
  orders: (id: string, cursor?: string) => get<Page<OrderSummary>>(`${of(id)}/orders?newest_first=true&limit=25${after(cursor)}`),
  order: (id: string, order: string) => get<OrderDetail>(`${of(id)}/orders/${encodeURIComponent(order)}`),
  /** What needs manual resolution. */
  undecided: (id: string) => get<Page<Intent>>(`${of(id)}/order-intents?manual_resolution=true&limit=25`),
  decide: (id: string, intent: string, decision: Decision) =>
    send("POST", `${of(id)}/order-intents/${intent}/resolve`, decision),
};

// Carts, priced by the platform and from synced data, side by side.
import { answer, send } from "./request";

export interface Money {
  amount_minor: number;
  currency: string;
}

interface QuotePart {
  source: string;
  reason?: string | null;
}

export interface Quote {
  source: string;
  parts: Record<string, QuotePart>;
  currency: string;
  lines: { id: string; variant_id: string; quantity: number; unit_price?: Money | null; total?: Money | null; availability: string }[];
  totals: { kind: string; amount: Money; label?: string | null }[];
  taxes: { included: boolean }[];
  shipping_methods: { id: string; title?: { default?: string }; price: Money }[];
  messages: { code: string; severity: string; text: string }[];
  latency_ms: number;
}

export interface Comparison {
  realtime?: Quote;
  absence?: { code: string; text: string };
  local: Quote;
  differences: { what: string; realtime?: Money; local?: Money }[];
}

/** A quote as it is sent: lists with nothing in them are left out. */
type SentQuote = Partial<Quote> & Omit<Quote, "lines" | "totals" | "taxes" | "shipping_methods" | "messages">;

function whole(sent: SentQuote): Quote {
  return { lines: [], totals: [], taxes: [], shipping_methods: [], messages: [], ...sent };
}

export interface CartRequest {
  currency: string;
  country: string;
  lines: { sku: string; quantity: number }[];
}

export async function compare(id: string, { currency, country, lines }: CartRequest): Promise<Comparison> {
  const cart = { currency, lines, ship_to: country ? { country } : undefined };
  const { comparison } = await answer<{ comparison: Omit<Comparison, "realtime" | "local"> & { realtime?: SentQuote; local: SentQuote } }>(
    send("POST", `/v1/connections/${id}/quotes?source=both`, cart),
  );
  return { ...comparison, realtime: comparison.realtime && whole(comparison.realtime), local: whole(comparison.local) };
}

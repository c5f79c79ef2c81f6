// A price as a shopper sees it: what it was before a reduction is struck through; the lowest of 30 days, which the law asks for, is another amount.
import type { OfferPrice } from "../api/operator";
import { money } from "./money";

export function Price({ price }: { price: OfferPrice }) {
  const { currency, amount_minor: amount, list_amount_minor: list, lowest_amount_minor: lowest } = price;
  if (list == null || list <= amount) return <span className="price">{money(amount, currency)}</span>;
  return (
    <span className="price">
      <strong>{money(amount, currency)}</strong> <s aria-label={`${money(list, currency)} before the reduction`}>{money(list, currency)}</s>
      {lowest != null && <span className="small-text"> lowest in 30 days {money(lowest, currency)}</span>}
    </span>
  );
}

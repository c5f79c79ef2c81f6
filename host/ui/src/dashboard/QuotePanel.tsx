// One quote: lines, totals, shipping, and for each part who said so and why.
import type { Quote } from "../api/quotes";
import { money } from "./money";
import { words } from "./words";

export function QuotePanel({ title, quote }: { title: string; quote: Quote }) {
  const id = title.toLowerCase().replaceAll(" ", "-");
  const amount = (one?: { amount_minor: number; currency: string } | null) => (one ? money(one.amount_minor, one.currency) : "–");
  const included = quote.taxes.length > 0 && quote.taxes.every((tax) => tax.included);
  return (
    <section className="panel" aria-labelledby={id}>
      <h2 id={id}>{title} <span className="optional">{words(quote.source)}, {quote.latency_ms} ms</span></h2>
      <dl className="fact-list">
        {quote.lines.map((line) => (
          <div key={line.id}>
            <dt>{line.quantity} × {line.variant_id}</dt>
            <dd>{amount(line.total)} <span className="small-text">{words(line.availability)}</span></dd>
          </div>
        ))}
        {quote.totals.map((total, index) => <div key={index}><dt>{total.label ?? words(total.kind)}{total.kind === "tax" && included ? ", included" : ""}</dt><dd>{amount(total.amount)}</dd></div>)}
      </dl>
      <h3>Shipping</h3>
      {quote.shipping_methods.length === 0 && <p>None.</p>}
      <dl className="fact-list">
        {quote.shipping_methods.map((method) => <div key={method.id}><dt>{method.title?.default ?? method.id}</dt><dd>{amount(method.price)}</dd></div>)}
      </dl>
      <h3>Source</h3>
      <dl className="fact-list">
        {Object.entries(quote.parts).map(([part, { source, reason }]) => (
          <div key={part}><dt>{words(part)}</dt><dd>{words(source)}{reason && <span className="small-text">{reason}</span>}</dd></div>
        ))}
      </dl>
      {quote.messages.length > 0 && <ul>{quote.messages.map(({ code, text }, index) => <li key={`${code} ${index}`}>{text}</li>)}</ul>}
    </section>
  );
}

// One order: what was ordered and what became of it. Nothing about people is shown.
import { ordersApi, type OrderDetail } from "../api/orders";
import { ProblemNotice } from "../parts/ProblemNotice";
import { Differences } from "./Differences";
import { money } from "./money";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";
import { words } from "./words";

export function OrderPage({ id, order }: { id: string; order: string }) {
  const { data, problem, reload } = useLoaded(() => ordersApi.order(id, order), `order ${id} ${order}`);
  return (
    <>
      <p className="crumbs">
        <a href={linkTo("connections")}>Connections</a> / <a href={linkTo("connections", id)}>Connection</a> / <a href={linkTo("connections", id, "orders")}>Orders</a>
      </p>
      <h1 id="heading" tabIndex={-1}>{data ? `Order ${data.summary.number ?? order}` : problem ? "Order" : "Loading…"}</h1>
      {problem && <ProblemNotice problem={problem} />}
      {data && (
        <>
          <p className="lead">
            {[data.summary.status, data.summary.fulfillment_status, data.summary.financial_status].map(words).join(" · ")}
          </p>
          {data.differs_from_agreed?.map(({ intent_id, op, differences, accepted }) => (
            <Differences key={intent_id} id={id} intent={intent_id} op={op} title={`Differs from what was agreed: ${words(op)}`} differences={differences} accepted={accepted} onAccepted={reload} />
          ))}
          <div className="columns">
            <div className="stack">
              <Lines detail={data} />
              <Totals detail={data} />
            </div>
            <Timeline detail={data} />
          </div>
        </>
      )}
    </>
  );
}

function Lines({ detail }: { detail: OrderDetail }) {
  const lines = detail.order?.lines ?? [];
  if (lines.length === 0) return <p className="panel">Its lines cannot be shown: the store was disconnected, and the key that opens them is destroyed.</p>;
  return (
    <div className="table card" tabIndex={0} role="region" aria-label="Lines">
      <table>
        <thead>
          <tr><th scope="col">Line</th><th scope="col">Ordered</th><th scope="col">Sent</th><th scope="col">Returned</th><th scope="col">Cancelled</th></tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.id}>
              <th scope="row">{line.title}<span className="small-text">{line.sku}</span></th>
              <td>{line.ordered}</td><td>{line.fulfilled}</td><td>{line.returned}</td><td>{line.canceled}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Totals({ detail }: { detail: OrderDetail }) {
  const totals = detail.order?.totals ?? [];
  if (totals.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="totals">
      <h2 id="totals">Totals</h2>
      <dl className="fact-list">
        {totals.map(({ kind, amount, label }, index) => (
          <div key={index}><dt>{words(kind)}{label && label.toLowerCase() !== words(kind) ? `, ${label.toLowerCase()}` : ""}</dt><dd>{money(amount.amount_minor, amount.currency)}</dd></div>
        ))}
      </dl>
    </section>
  );
}

function Timeline({ detail }: { detail: OrderDetail }) {
  return (
    <section className="panel" aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      {detail.timeline.length === 0 && <p>No entries yet.</p>}
      <ol className="runs">
        {detail.timeline.map((moment, index) => (
          <li key={index}>
            <p>{words(moment.kind)}</p>
            <p className="small-text">{timeText(moment.at)}{moment.actor ? ` · ${moment.actor}` : ""}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

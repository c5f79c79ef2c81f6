// Orders of a connection: how far each is, and what needs manual resolution.
import { useState } from "react";
import { ordersApi, type OrderSummary } from "../api/orders";
import { Icon } from "../parts/Icon";
import { ProblemNotice } from "../parts/ProblemNotice";
import { ConnectionTabs } from "./ConnectionTabs";
import { money } from "./money";
import { Paging } from "./Paging";
import { timeText } from "./Status";
import { Undecided } from "./Undecided";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";
import { words } from "./words";

export function OrdersPage({ id }: { id: string }) {
  const [cursor, setCursor] = useState<string>();
  const { data, problem, reload } = useLoaded(() => ordersApi.orders(id, cursor), `orders ${id} ${cursor ?? ""}`);
  return (
    <>
      <p className="crumbs"><a href={linkTo("connections")}>Connections</a> / <a href={linkTo("connections", id)}>Connection</a></p>
      <h1 id="heading" tabIndex={-1}>Orders</h1>
      <ConnectionTabs id={id} here="orders" />
      {problem && <ProblemNotice problem={problem} />}
      <Undecided id={id} onDecided={reload} />
      {data?.data.length === 0 && <p className="lead">No orders yet. Orders are read with each sync and after each order that a channel places.</p>}
      {data && data.data.length > 0 && (
        <div className="table card stacks" tabIndex={0} role="region" aria-label="Orders">
          <table>
            <thead>
              <tr>
                <th scope="col">Order</th>
                <th scope="col">Status</th>
                <th scope="col">Fulfilment</th>
                <th scope="col">Payment</th>
                <th scope="col">Total</th>
                <th scope="col">Changed</th>
              </tr>
            </thead>
            <tbody>{data.data.map((order) => <Line key={order.id} id={id} order={order} />)}</tbody>
          </table>
        </div>
      )}
      <Paging cursor={cursor} next={data?.next_cursor} onGo={setCursor} />
    </>
  );
}

function Line({ id, order }: { id: string; order: OrderSummary }) {
  return (
    <tr>
      <th scope="row">
        <a href={linkTo("connections", id, "orders", order.id)}>{order.number ?? order.id}</a>
        <span className="small-text">
          {[order.channel_reference, `${order.quantity} ${order.quantity === 1 ? "item" : "items"}`, order.erased ? "personal data erased" : ""].filter(Boolean).join(" · ")}
        </span>
      </th>
      <td>
        {words(order.status)}
        {order.differs_from_agreed && <span className="state warn small"><Icon name="warn" />Differs from agreed</span>}
      </td>
      <td>{words(order.fulfillment_status)}</td>
      <td>{words(order.financial_status)}</td>
      <td>{order.total_minor === null ? "–" : money(order.total_minor, order.currency)}</td>
      <td>{timeText(order.changed_at)}</td>
    </tr>
  );
}

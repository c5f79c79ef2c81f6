// All connections: which store, how it is, why, what to do, when its credentials run out.
import { useState } from "react";
import { operatorApi, type ConnectionLine } from "../api/operator";
import { ProblemNotice } from "../parts/ProblemNotice";
import { Paging } from "./Paging";
import { expiryText, Status } from "./Status";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";

export function ConnectionsPage() {
  const [cursor, setCursor] = useState<string>();
  const { data, problem } = useLoaded(() => operatorApi.connections(cursor), `connections ${cursor ?? ""}`);
  return (
    <>
      <h1 id="heading" tabIndex={-1}>Connections</h1>
      {problem && <ProblemNotice problem={problem} />}
      {data?.data.length === 0 && <p className="lead">There is none yet. A channel makes a connect session, and its merchant opens the link.</p>}
      {data && data.data.length > 0 && (
        <div className="table card stacks" tabIndex={0} role="region" aria-label="Connections">
          <table>
            <thead>
              <tr>
                <th scope="col">Store</th>
                <th scope="col">Health</th>
                <th scope="col">Cause and remedy</th>
                <th scope="col">Credentials expire</th>
              </tr>
            </thead>
            <tbody>{data.data.map((line) => <Line key={line.id} line={line} />)}</tbody>
          </table>
        </div>
      )}
      <Paging cursor={cursor} next={data?.next_cursor} onGo={setCursor} />
    </>
  );
}

function Line({ line }: { line: ConnectionLine }) {
  return (
    <tr>
      <th scope="row">
        <a href={linkTo("connections", line.id)}>{line.label}</a>
        <span className="small-text">
          {[line.connector_id, line.store?.host, line.environment === "test" ? "test" : "", line.merchant_id].filter(Boolean).join(" · ")}
        </span>
      </th>
      <td><Status status={line.health.status} paused={line.paused_at !== undefined} /></td>
      <td>
        {line.health.cause ?? "–"} {line.health.remedy && <span className="small-text">{line.health.remedy}</span>}
      </td>
      <td>{line.expiries.length > 0 ? line.expiries.map((expiry) => <span key={expiry.field}>{expiryText(expiry)}</span>) : "–"}</td>
    </tr>
  );
}

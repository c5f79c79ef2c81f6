// All connections: which store, how it is, why, what to do, when a sync last went well, when its credentials run out.
import { useState } from "react";
import { operatorApi, type ConnectionLine } from "../api/operator";
import { Icon } from "../parts/Icon";
import { ProblemNotice } from "../parts/ProblemNotice";
import { ago, counted } from "./ago";
import { Paging } from "./Paging";
import { expiryText, Status, timeText } from "./Status";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";

export function ConnectionsPage() {
  const [cursor, setCursor] = useState<string>();
  const { data, problem } = useLoaded(() => operatorApi.connections(cursor), `connections ${cursor ?? ""}`);
  const { data: ready } = useLoaded(operatorApi.readiness, "readiness connections");
  const troubled = (line: ConnectionLine) => {
    if (ready?.missing_connectors?.some(({ connector }) => connector === line.connector_id)) return "Connector not loaded";
    return ready?.held_plugins?.includes(line.connector_id) ? "Plugin held back" : undefined;
  };
  return (
    <>
      <h1 id="heading" tabIndex={-1}>Connections</h1>
      {problem && <ProblemNotice problem={problem} />}
      {data?.data.length === 0 && <p className="lead">No connections yet. A channel creates a connect session, and its merchant opens the link.</p>}
      {data && data.data.length > 0 && (
        <div className="table card stacks" tabIndex={0} role="region" aria-label="Connections">
          <table>
            <thead>
              <tr>
                <th scope="col">Store</th>
                <th scope="col">Health</th>
                <th scope="col">Cause and remedy</th>
                <th scope="col" className="nowrap">Last good sync</th>
                <th scope="col">Credentials expire</th>
              </tr>
            </thead>
            <tbody>{data.data.map((line) => <Line key={line.id} line={line} trouble={troubled(line)} />)}</tbody>
          </table>
        </div>
      )}
      <Paging cursor={cursor} next={data?.next_cursor} onGo={setCursor} />
    </>
  );
}

function Line({ line, trouble }: { line: ConnectionLine; trouble?: string }) {
  return (
    <tr>
      <th scope="row">
        <a href={linkTo("connections", line.id)}>{line.label}</a>
        <span className="small-text">
          {[line.connector_id, line.store?.host, line.environment === "test" ? "test" : "", line.merchant_id].filter(Boolean).join(" · ")}
        </span>
      </th>
      <td className="nowrap">
        <Status status={line.health.status} paused={line.paused_at !== undefined} />
        <span className="small-text">since {timeText(line.health.since)}</span>
      </td>
      <td className="said">
        {trouble && <span className="state bad small"><Icon name="cross" />{trouble}</span>}
        {line.health.cause ?? (trouble ? "" : "–")} {line.health.remedy && <span className="small-text">{line.health.remedy}</span>}
      </td>
      <td data-label="Last good sync" className="nowrap">{lastGood(line)}</td>
      <td data-label="Credentials expire">{line.expiries.length > 0 ? line.expiries.map((expiry) => <span key={expiry.field}>{expiryText(expiry)}</span>) : "–"}</td>
    </tr>
  );
}

function lastGood({ sync }: ConnectionLine) {
  if (!sync) return "–";
  const { last_good_at: at, failed_in_a_row: failed } = sync;
  return (
    <>
      {at ? <time dateTime={at} title={timeText(at)}>{ago(at)}</time> : "none yet"}
      {failed > 0 && <span className="small-text">{counted(failed, "sync")} failed since</span>}
    </>
  );
}

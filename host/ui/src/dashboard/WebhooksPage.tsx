// Webhooks of a connection: whether they come, what was refused and why, what changed by which source, what was dead-lettered.
import { useState } from "react";
import { webhooksApi, type WebhookOverview } from "../api/webhooks";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { ConnectionTabs } from "./ConnectionTabs";
import { DeadEntities } from "./DeadEntities";
import { Paging } from "./Paging";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";
import { words } from "./words";

export function WebhooksPage({ id }: { id: string }) {
  const overview = useLoaded(() => webhooksApi.overview(id), `webhooks ${id}`);
  const { data } = overview;
  return (
    <>
      <p className="crumbs"><a href={linkTo("connections")}>Connections</a> / <a href={linkTo("connections", id)}>Connection</a></p>
      <h1 id="heading" tabIndex={-1}>Webhooks</h1>
      <ConnectionTabs id={id} here="webhooks" />
      {overview.problem && <ProblemNotice problem={overview.problem} />}
      {data?.silent_since && (
        <Notice tone="warn" title="Webhooks are silent">
          <p>Changes have been found since {timeText(data.silent_since)}, but no webhook was received for them. Check in the store that its webhook is enabled and points to this connection’s address.</p>
        </Notice>
      )}
      {data && (
        <>
          <ul className="counts">
            <li><strong>{data.accepted}</strong> accepted</li>
            <li><strong>{data.duplicates}</strong> duplicates</li>
            <li><strong>{data.refused}</strong> refused</li>
            <li><strong>{data.waiting_deliveries}</strong> waiting</li>
            <li><strong>{data.waiting_entities}</strong> entities waiting</li>
            <li><strong>{data.dead_lettered_deliveries + data.dead_lettered_entities}</strong> failed permanently</li>
          </ul>
          <p className="small-text">
            Last accepted: {data.last_accepted_at ? timeText(data.last_accepted_at) : "never"}
            {data.allow_unsigned ? " · unsigned deliveries are accepted as hints" : ""}
          </p>
          <div className="columns">
            <Refusals overview={data} />
            <Changes overview={data} />
          </div>
        </>
      )}
      {!overview.problem && (
        <>
          <DeadEntities id={id} onRevived={overview.reload} />
          <Deliveries id={id} />
        </>
      )}
    </>
  );
}

function Refusals({ overview }: { overview: WebhookOverview }) {
  return (
    <section className="panel" aria-labelledby="refusals">
      <h2 id="refusals">Recently refused</h2>
      {overview.refusals.length === 0 && <p>None.</p>}
      <ul className="runs">
        {overview.refusals.map(({ at, verdict, likely_cause }, index) => (
          <li key={index}>
            <p>{words(verdict)}</p>
            {likely_cause && <p>{likely_cause}</p>}
            <p className="small-text">{timeText(at)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

const SOURCES: Record<string, string> = { webhook: "webhooks", poll: "the store’s queue", reconcile: "syncs", own: "the host itself" };

/** Totals by source, with those no webhook reported: drift. */
function Changes({ overview }: { overview: WebhookOverview }) {
  const sources = new Map<string, { changed: number; drift: number }>();
  for (const { source, changed, drift } of overview.changes) {
    const sum = sources.get(source) ?? { changed: 0, drift: 0 };
    sources.set(source, { changed: sum.changed + changed, drift: sum.drift + drift });
  }
  return (
    <section className="panel" aria-labelledby="changes">
      <h2 id="changes">Changes by source</h2>
      {sources.size === 0 && <p>No changes yet.</p>}
      <dl className="fact-list">
        {[...sources].map(([source, { changed, drift }]) => (
          <div key={source}>
            <dt>By {SOURCES[source] ?? words(source)}</dt>
            <dd>{changed}{drift > 0 ? `, ${drift} of them without a webhook` : ""}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Deliveries({ id }: { id: string }) {
  const [cursor, setCursor] = useState<string>();
  const { data, problem } = useLoaded(() => webhooksApi.deliveries(id, cursor), `deliveries ${id} ${cursor ?? ""}`);
  if (problem) return <ProblemNotice problem={problem} />;
  if (!data) return null;
  return (
    <>
      <h2 className="section-title">Deliveries</h2>
      {data.data.length === 0 && <p>No deliveries yet.</p>}
      {data.data.length > 0 && (
        <div className="table card stacks" tabIndex={0} role="region" aria-label="Deliveries">
          <table>
            <thead>
              <tr><th scope="col">Number</th><th scope="col">Received</th><th scope="col">Source</th><th scope="col">State</th><th scope="col">Events</th></tr>
            </thead>
            <tbody>
              {data.data.map((delivery) => (
                <tr key={delivery.id}>
                  <th scope="row"><a href={linkTo("connections", id, "webhooks", String(delivery.id))}>{delivery.id}</a></th>
                  <td>{timeText(delivery.received_at)}</td>
                  <td>{words(delivery.source)}, {words(delivery.proof)}</td>
                  <td>{words(delivery.state)}{delivery.error && <span className="small-text">{delivery.error}</span>}</td>
                  <td>{delivery.events}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Paging cursor={cursor} next={data.next_cursor} onGo={setCursor} />
    </>
  );
}

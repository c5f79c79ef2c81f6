// One endpoint: whether events arrive, how the last attempts went, dead-lettered events, and sending again.
import { useState } from "react";
import { eventsApi, type EndpointDetail } from "../api/events";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { DeadLetters } from "./DeadLetters";
import { EndpointActions } from "./EndpointActions";
import { EndpointAttempts } from "./EndpointAttempts";
import { EndpointState, trouble } from "./EndpointState";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";

export function EndpointPage({ id }: { id: string }) {
  const { data, problem, reload } = useLoaded(() => eventsApi.endpoint(id), `endpoint ${id}`);
  // Whatever is done shows in each part.
  const [round, setRound] = useState(0);
  const again = () => {
    reload();
    setRound((before) => before + 1);
  };
  return (
    <>
      <p className="crumbs"><a href={linkTo("events")}>Events</a> / <a href={linkTo("events", "endpoints")}>Endpoints</a></p>
      <div className="title-row">
        <h1 id="heading" tabIndex={-1}>{data ? data.url : problem ? "Endpoint" : "Loading…"}</h1>
        {data && <EndpointState endpoint={data} />}
      </div>
      {problem && <ProblemNotice problem={problem} />}
      {data && (
        <>
          {trouble(data) && <Notice tone={data.enabled ? "warn" : "bad"} title={trouble(data)}><p>Events are kept and sent when the endpoint accepts them again.</p></Notice>}
          <EndpointActions endpoint={data} onDone={again} />
          <div className="columns">
            <About endpoint={data} />
            <DeadLetters id={id} round={round} onSent={again} />
          </div>
          <EndpointAttempts id={id} round={round} onSent={again} />
        </>
      )}
    </>
  );
}

function About({ endpoint }: { endpoint: EndpointDetail }) {
  const time = (at: string | null) => (at ? timeText(at) : "never");
  const facts: [string, string][] = [
    ["Receives", endpoint.channel_id ? `events of ${endpoint.channel_id}` : "all events of the host"],
    ["Events", endpoint.types.join(", ") || "all"],
    ...(endpoint.description ? [["Description", endpoint.description] as [string, string]] : []),
    ["Last accepted", time(endpoint.last_success_at)],
    ["Last failed", time(endpoint.last_failure_at)],
    ["Retrying", String(endpoint.backlog.retrying)],
    ["Failed permanently", String(endpoint.backlog.dead_lettered)],
    ...(endpoint.former_secret_until ? [["Previous secret valid until", timeText(endpoint.former_secret_until)] as [string, string]] : []),
    ["Created", timeText(endpoint.created_at)],
  ];
  return (
    <section className="panel" aria-labelledby="about">
      <h2 id="about">About</h2>
      <dl className="fact-list">
        {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
    </section>
  );
}

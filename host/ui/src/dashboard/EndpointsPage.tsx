// Endpoints that events are sent to: whose, which events, and whether they arrive.
import { useState } from "react";
import { eventsApi, type Endpoint } from "../api/events";
import { ProblemNotice } from "../parts/ProblemNotice";
import { EndpointState, trouble } from "./EndpointState";
import { EventTabs } from "./EventTabs";
import { NewEndpoint } from "./NewEndpoint";
import { Paging } from "./Paging";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";

export function EndpointsPage() {
  const [cursor, setCursor] = useState<string>();
  const { data, problem, reload } = useLoaded(() => eventsApi.endpoints(cursor), `endpoints ${cursor ?? ""}`);
  return (
    <>
      <h1 id="heading" tabIndex={-1}>Endpoints</h1>
      <EventTabs here="endpoints" />
      {problem && <ProblemNotice problem={problem} />}
      {data?.data.length === 0 && <p className="lead">No endpoints yet. Channels create their own through the API; one created here receives all events of the host.</p>}
      {data && data.data.length > 0 && (
        <div className="table card stacks" tabIndex={0} role="region" aria-label="Endpoints">
          <table>
            <thead>
              <tr><th scope="col">Address</th><th scope="col">Health</th><th scope="col">Events</th><th scope="col">Last accepted</th></tr>
            </thead>
            <tbody>{data.data.map((endpoint) => <Line key={endpoint.id} endpoint={endpoint} />)}</tbody>
          </table>
        </div>
      )}
      <Paging cursor={cursor} next={data?.next_cursor} onGo={setCursor} />
      <NewEndpoint onAdded={reload} />
    </>
  );
}

function Line({ endpoint }: { endpoint: Endpoint }) {
  return (
    <tr>
      <th scope="row">
        <a href={linkTo("events", "endpoints", endpoint.id)}>{endpoint.url}</a>
        <span className="small-text">{[endpoint.description, endpoint.channel_id ?? "all events of the host"].filter(Boolean).join(" · ")}</span>
      </th>
      <td><EndpointState endpoint={endpoint} /> <span className="small-text">{trouble(endpoint)}</span></td>
      <td>{endpoint.types.join(", ") || "all"}</td>
      <td>{endpoint.last_success_at ? timeText(endpoint.last_success_at) : "never"}</td>
    </tr>
  );
}

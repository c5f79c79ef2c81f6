// What has happened in all connections, the newest first: what channels read and endpoints are sent.
import { useState, type FormEvent } from "react";
import { eventsApi, type HostEvent } from "../api/events";
import { ProblemNotice } from "../parts/ProblemNotice";
import { EventTabs } from "./EventTabs";
import { Paging } from "./Paging";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";

export function EventsPage() {
  const [typed, setTyped] = useState({ types: "", connection: "" });
  const [wanted, setWanted] = useState<{ types: string; connection: string; cursor?: string }>({ types: "", connection: "" });
  const { data, problem } = useLoaded(() => eventsApi.newest(wanted.types, wanted.connection, wanted.cursor), `events ${JSON.stringify(wanted)}`);
  const search = (event: FormEvent) => {
    event.preventDefault();
    setWanted({ types: typed.types.replaceAll(/\s/gu, ""), connection: typed.connection.trim() });
  };
  return (
    <>
      <h1 id="heading" tabIndex={-1}>Events</h1>
      <EventTabs here="feed" />
      <form className="search wide" role="search" onSubmit={search}>
        <div>
          <label htmlFor="event-types">Types</label>
          <input id="event-types" placeholder="offer.*, price.changed" autoComplete="off" value={typed.types} onChange={(event) => setTyped({ ...typed, types: event.target.value })} />
        </div>
        <div>
          <label htmlFor="event-connection">Connection</label>
          <input id="event-connection" placeholder="conn_…" autoComplete="off" value={typed.connection} onChange={(event) => setTyped({ ...typed, connection: event.target.value })} />
        </div>
        <button type="submit" className="button">Show</button>
      </form>
      {problem && <ProblemNotice problem={problem} />}
      <p role="status" className="small-text">{data || problem ? (data?.data.length === 0 ? nothing(data.has_more) : "") : "Loading…"}</p>
      {data && data.data.length > 0 && <Feed events={data.data} />}
      <Paging cursor={wanted.cursor} next={data?.has_more ? data.next_cursor : null} onGo={(cursor) => setWanted({ ...wanted, cursor })} />
    </>
  );
}

function nothing(hasMore: boolean): string {
  return hasMore ? "No match among the last few thousand events; older ones may match." : "No events yet.";
}

function Feed({ events }: { events: HostEvent[] }) {
  return (
    <div className="table card stacks" tabIndex={0} role="region" aria-label="Events">
      <table>
        <thead>
          <tr><th scope="col">Type</th><th scope="col">About</th><th scope="col">When</th><th scope="col">Data</th></tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id}>
              <th scope="row">{event.type}<span className="small-text">{event.id}</span></th>
              <td>
                {event.subject ?? "–"}
                <span className="small-text"><a href={linkTo("connections", event.connectionid)}>{event.connectionid}</a></span>
              </td>
              <td>{timeText(event.time)}</td>
              <td>
                <details className="raw">
                  <summary>Show<span className="sr-only"> the data of {event.type} {event.id}</span></summary>
                  <pre tabIndex={0} aria-label={`Data of ${event.id}`}>{JSON.stringify(event.data, null, 2)}</pre>
                </details>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

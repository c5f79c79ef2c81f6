// How sending to an endpoint went, the newest first; each event can be sent again.
import { useState } from "react";
import { eventsApi, type Attempt } from "../api/events";
import { Icon } from "../parts/Icon";
import { ProblemNotice } from "../parts/ProblemNotice";
import { Paging } from "./Paging";
import { timeText } from "./Status";
import { useAction } from "./use_action";
import { useLoaded } from "./use_loaded";
import { words } from "./words";

export function EndpointAttempts({ id, round, onSent }: { id: string; round: number; onSent: () => void }) {
  const [cursor, setCursor] = useState<string>();
  const { data, problem } = useLoaded(() => eventsApi.attempts(id, cursor), `attempts ${id} ${round} ${cursor ?? ""}`);
  const again = useAction();
  const send = (event: string) => void again.act(() => eventsApi.replay(id, { event_id: event }), "Scheduled to be sent again.").then((worked) => worked && onSent());
  return (
    <>
      <h2 className="section-title">Attempts</h2>
      {(problem ?? again.problem) && <ProblemNotice problem={(problem ?? again.problem)!} />}
      <p role="status" className="small-text">{again.said}</p>
      {data?.data.length === 0 && <p>No attempts in the last 7 days.</p>}
      {data && data.data.length > 0 && (
        <div className="table card stacks" tabIndex={0} role="region" aria-label="Attempts">
          <table>
            <thead>
              <tr><th scope="col">Event</th><th scope="col">Outcome</th><th scope="col">When</th><th scope="col"><span className="sr-only">Send again</span></th></tr>
            </thead>
            <tbody>{data.data.map((attempt) => <Line key={attempt.seq} attempt={attempt} busy={again.busy} onSend={send} />)}</tbody>
          </table>
        </div>
      )}
      <Paging cursor={cursor} next={data?.next_cursor} onGo={setCursor} />
    </>
  );
}

function Line({ attempt, busy, onSend }: { attempt: Attempt; busy: boolean; onSend: (event: string) => void }) {
  const { event_id: event, type, outcome, status, error, number, duration_ms: took } = attempt;
  const arrived = outcome === "delivered";
  return (
    <tr>
      <th scope="row">{type}<span className="small-text">{event}{number > 1 ? `, attempt ${number}` : ""}</span></th>
      <td>
        <span className={`state ${arrived ? "good" : "bad"}`}><Icon name={arrived ? "check" : "cross"} />{words(outcome)}{status ? ` ${status}` : ""}</span>
        {error && <span className="small-text">{error}</span>}
      </td>
      <td>{timeText(attempt.at)}<span className="small-text">{took} ms</span></td>
      <td>
        {type !== "endpoint.test" && (
          <button type="button" className="button small" disabled={busy} onClick={() => onSend(event)}>Send again<span className="sr-only">: {type} {event}</span></button>
        )}
      </td>
    </tr>
  );
}

// Dead-lettered events of an endpoint: send one again, or all.
import { useState } from "react";
import { eventsApi } from "../api/events";
import { ProblemNotice } from "../parts/ProblemNotice";
import { Paging } from "./Paging";
import { timeText } from "./Status";
import { useAction } from "./use_action";
import { useLoaded } from "./use_loaded";

export function DeadLetters({ id, round, onSent }: { id: string; round: number; onSent: () => void }) {
  const [cursor, setCursor] = useState<string>();
  const { data, problem } = useLoaded(() => eventsApi.deadLettered(id, cursor), `dead letters ${id} ${round} ${cursor ?? ""}`);
  const again = useAction();
  const send = (what: () => Promise<{ events: number | null }>) =>
    void again
      .act(async () => {
        const { events } = await what();
        return events === 1 ? "Scheduled to be sent again." : `${events ?? "All"} scheduled to be sent again.`;
      })
      .then((worked) => worked && onSent());
  return (
    <section className="panel" aria-labelledby="dead-letters">
      <h2 id="dead-letters">Failed permanently</h2>
      {(problem ?? again.problem) && <ProblemNotice problem={(problem ?? again.problem)!} />}
      <p role="status" className="small-text">{again.said}</p>
      {data?.data.length === 0 && <p>None. An event fails permanently after ten attempts in about three days.</p>}
      {data && data.data.length > 0 && (
        <>
          <div className="actions">
            <button type="button" className="button" disabled={again.busy} onClick={() => send(() => eventsApi.replay(id, { dead_lettered: true }))}>Send all again</button>
          </div>
          <ul className="runs">
            {data.data.map(({ event, attempts, dead_lettered_at }) => (
              <li key={event.id}>
                <p>{event.type} <span className="small-text">{event.subject}</span></p>
                <p className="small-text">{event.id} · {timeText(dead_lettered_at)}, after {attempts} attempts</p>
                <button type="button" className="button small" disabled={again.busy} onClick={() => send(() => eventsApi.replay(id, { event_id: event.id }))}>
                  Send again<span className="sr-only">: {event.type} {event.id}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <Paging cursor={cursor} next={data?.next_cursor} onGo={setCursor} />
    </section>
  );
}

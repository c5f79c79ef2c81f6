// What happened to a connection: cause, time and actor of every change.
import { operatorApi } from "../api/operator";
import { ProblemNotice } from "../parts/ProblemNotice";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";

export function History({ id }: { id: string }) {
  const { data, problem } = useLoaded(() => operatorApi.events(id), `events ${id}`);
  return (
    <section className="panel" aria-labelledby="history">
      <h2 id="history">History</h2>
      {problem && <ProblemNotice problem={problem} />}
      {data?.data.length === 0 && <p>No activity yet.</p>}
      <ul className="runs">
        {data?.data.map((event) => (
          <li key={event.seq}>
            <p>{event.after ? `${event.before ? `${event.before} → ` : ""}${event.after}` : event.kind.replaceAll("_", " ")}</p>
            <p className="small-text">
              {timeText(event.at)}{event.actor ? ` · ${event.actor}` : ""}{event.cause ? ` · ${event.cause}` : ""}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

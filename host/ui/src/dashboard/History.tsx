// What happened to a connection: cause, time and actor of every change.
import { operatorApi } from "../api/operator";
import { ProblemNotice } from "../parts/ProblemNotice";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";
import { words } from "./words";

export function History({ id }: { id: string }) {
  const { data, problem } = useLoaded(() => operatorApi.events(id), `events ${id}`);
  return (
    <section className="panel" aria-labelledby="history">
      <h2 id="history">History</h2>
      {problem && <ProblemNotice problem={problem} />}
      {data?.data.length === 0 && <p>No activity yet.</p>}
      <ul className="runs">
        {data?.data.map(({ id: event, type, time, data: { status, before, cause, actor } }) => (
          <li key={event}>
            <p>{before ? `${before} → ${status}` : words(type.replace("connection.", ""))}</p>
            <p className="small-text">
              {timeText(time)}{actor ? ` · ${actor}` : ""}{cause ? ` · ${cause}` : ""}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

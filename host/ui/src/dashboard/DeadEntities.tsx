// Dead-lettered entities, each with a button to refetch it.
import { useState } from "react";
import { Problem } from "../api/problem";
import { webhooksApi } from "../api/webhooks";
import { ProblemNotice } from "../parts/ProblemNotice";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";

export function DeadEntities({ id, onRevived }: { id: string; onRevived: () => void }) {
  const { data, problem: unread, reload } = useLoaded(() => webhooksApi.deadLettered(id), `dead ${id}`);
  const [problem, setProblem] = useState<Problem>();
  const revive = async (stream: string, entity: string) => {
    try {
      await webhooksApi.refetch(id, stream, entity);
      reload();
      onRevived();
    } catch (error) {
      setProblem(error instanceof Problem ? error : Problem.unreachable());
    }
  };
  if (unread) return <ProblemNotice problem={unread} />;
  if (!data || data.data.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="given-up">
      <h2 id="given-up">Failed permanently</h2>
      {problem && <ProblemNotice problem={problem} />}
      <ul className="runs">
        {data.data.map((dead) => (
          <li key={`${dead.stream} ${dead.id}`}>
            <p>{dead.stream} {dead.id}</p>
            {dead.error && <p>{dead.error}</p>}
            <p className="small-text">{timeText(dead.dead_lettered_at)}, after {dead.attempts} attempts</p>
            <button type="button" className="button small" onClick={() => void revive(dead.stream, dead.id)}>Refetch<span className="sr-only">: {dead.stream} {dead.id}</span></button>
          </li>
        ))}
      </ul>
    </section>
  );
}

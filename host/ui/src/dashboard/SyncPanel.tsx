// How far a sync is, and how the last ones ended.
import { useEffect, useState } from "react";
import { operatorApi, type Connection, type Progress, type Run, type StreamRun } from "../api/operator";
import { ProblemNotice } from "../parts/ProblemNotice";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";

export function SyncPanel({ id, nextSync }: { id: string; nextSync: Connection["next_sync"] }) {
  const { data, problem, reload } = useLoaded(() => operatorApi.runs(id), `runs ${id}`);
  const [progress, setProgress] = useState<Progress>();
  useEffect(() => {
    const watch = new AbortController();
    void operatorApi.progress(
      id,
      (now) => {
        setProgress(now);
        if (now.state === "ended") reload();
      },
      watch.signal,
    );
    return () => watch.abort();
  }, [id, reload]);
  const running = progress && (progress.state === "running" || progress.state === "waiting");
  return (
    <section className="panel" aria-labelledby="syncs">
      <h2 id="syncs">Syncs</h2>
      {nextSync && <p className="small-text">Next: {timeText(nextSync.due_at)}{nextSync.failed_attempts > 0 ? `, after ${nextSync.failed_attempts} that failed` : ""}</p>}
      {problem && <ProblemNotice problem={problem} />}
      {running && (
        <div className="running-sync">
          <p role="status">{progress.message ?? (progress.state === "waiting" ? "Waiting for its turn…" : "Syncing now…")}</p>
          {progress.streams.map((stream) => <Bar key={stream.stream} stream={stream} />)}
        </div>
      )}
      {data && data.data.length === 0 && !running && <p>There was none yet.</p>}
      <ul className="runs">
        {data?.data.map((run) => <RunLine key={run.id} run={run} />)}
      </ul>
    </section>
  );
}

function Bar({ stream }: { stream: StreamRun }) {
  const done = stream.state === "done";
  const label = `${stream.stream}: ${done ? "done" : stream.state}, ${stream.seen}${stream.total ? ` of ${stream.total}` : ""}`;
  const value = done ? 1 : stream.total ? Math.min(1, stream.seen / stream.total) : undefined;
  const waits = stream.state === "pending" || stream.state === "waiting";
  return (
    <div className="bar">
      <span>{stream.stream}</span>
      <progress aria-label={label} max={1} value={waits ? 0 : value} />
      <span className="small-text">{stream.seen}{stream.total ? ` / ${stream.total}` : ""}</span>
    </div>
  );
}

function RunLine({ run }: { run: Run }) {
  const seen = run.streams.reduce((sum, stream) => sum + stream.seen, 0);
  const changed = run.streams.reduce((sum, stream) => sum + (stream.upserted ?? 0) + (stream.retired ?? 0), 0);
  return (
    <li>
      <details>
        <summary>
          {timeText(run.started_at)} <span className="check-status">{run.result ?? "running"} · {run.trigger} · {seen} read, {changed} changed</span>
        </summary>
        {run.error?.message && <p>{run.error.message}</p>}
        <dl className="fact-list">
          {run.streams.map((stream) => (
            <div key={stream.stream}>
              <dt>{stream.stream}</dt>
              <dd>{stream.state}, {stream.seen} read, {stream.upserted ?? 0} changed, {stream.retired ?? 0} gone</dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}

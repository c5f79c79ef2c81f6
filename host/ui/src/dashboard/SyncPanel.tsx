// How far a sync is, when one last went well, and how the last ones ended.
import { useEffect, useState } from "react";
import type { Connection } from "../api/operator";
import { syncsApi, type Progress, type StreamRun } from "../api/syncs";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { ago, counted } from "./ago";
import { RunLine } from "./RunLine";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";

/** A sync that ends may change the connection: its health, what is held. */
export function SyncPanel({ connection, onEnded }: { connection: Connection; onEnded: () => void }) {
  const { id, next_sync: next, sync } = connection;
  const { data, problem, reload } = useLoaded(() => syncsApi.runs(id), `runs ${id}`);
  const [progress, setProgress] = useState<Progress>();
  useEffect(() => {
    const watch = new AbortController();
    let wasRunning = false;
    void syncsApi.progress(
      id,
      (now) => {
        setProgress(now);
        if (now.state !== "ended") return void (wasRunning ||= now.state !== "idle");
        reload();
        if (wasRunning) onEnded();
        wasRunning = false;
      },
      watch.signal,
    );
    return () => watch.abort();
  }, [id, reload, onEnded]);
  const running = progress && (progress.state === "running" || progress.state === "waiting");
  return (
    <section className="panel" aria-labelledby="syncs">
      <h2 id="syncs">Syncs</h2>
      {sync && <p className="small-text">Last good sync: {sync.last_good_at ? `${timeText(sync.last_good_at)} (${ago(sync.last_good_at)})` : "none yet"}</p>}
      {next && <p className="small-text">Next: {timeText(next.due_at)}{next.failed_attempts > 0 ? `, after ${next.failed_attempts} that failed` : ""}</p>}
      {sync && sync.failed_in_a_row > 0 && (
        <Notice tone="warn" title={sync.failed_in_a_row === 1 ? "The last sync failed" : `The last ${counted(sync.failed_in_a_row, "sync")} failed`}>
          {sync.last_error && <p>{sync.last_error}</p>}
          {sync.failing_since && <p className="small-text">Since {timeText(sync.failing_since)} ({ago(sync.failing_since)})</p>}
        </Notice>
      )}
      {problem && <ProblemNotice problem={problem} />}
      {running && (
        <div className="running-sync">
          <p role="status">{progress.message ?? (progress.state === "waiting" ? "Queued…" : "Syncing now…")}</p>
          {progress.streams.map((stream) => <Bar key={stream.stream} stream={stream} />)}
        </div>
      )}
      {data && data.data.length === 0 && !running && <p>No syncs yet.</p>}
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

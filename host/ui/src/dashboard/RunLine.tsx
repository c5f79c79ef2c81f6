// One sync: how it ended and why; of each stream what was read, left out, passed over and held.
import type { Run, RunError, StreamRun } from "../api/syncs";
import { Icon } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { ago, counted } from "./ago";
import { timeText } from "./Status";
import { doubt, words } from "./words";

type Look = { tone: string; icon: "check" | "warn" | "cross" | "clock" | "skip" };

const RESULTS: Record<string, Look> = {
  ok: { tone: "good", icon: "check" },
  partial: { tone: "warn", icon: "warn" },
  truncated: { tone: "warn", icon: "warn" },
  failed: { tone: "bad", icon: "cross" },
  aborted: { tone: "", icon: "skip" },
};
const RUNNING: Look = { tone: "", icon: "clock" };

export function RunLine({ run }: { run: Run }) {
  const sum = (of: (stream: StreamRun) => number | undefined) => run.streams.reduce((rows, stream) => rows + (of(stream) ?? 0), 0);
  const held = sum((stream) => stream.held);
  const skipped = sum((stream) => stream.skipped);
  const facts = [
    run.trigger,
    `${sum(({ seen }) => seen)} read`,
    `${sum(({ upserted = 0, deleted = 0 }) => upserted + deleted)} changed`,
    ...(held > 0 ? [`${held} held`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const { tone, icon } = RESULTS[run.result ?? ""] ?? RUNNING;
  const troubles = run.streams.flatMap(trouble);
  return (
    <li>
      <details>
        <summary>
          {timeText(run.started_at)}{" "}
          <span className="check-status"><span className={`state small ${tone}`}><Icon name={icon} />{words(run.result ?? "running")}</span> · {facts.join(" · ")}</span>
        </summary>
        <p className="small-text">
          {run.ended_at ? `Ended ${timeText(run.ended_at)}, after ${lasted(run.started_at, run.ended_at)}.` : `Running since ${ago(run.started_at)}.`}
          {run.continues && " It resumed a deferred sync."}
          {run.resumed ? ` It was resumed ${counted(run.resumed, "time")} after an interruption.` : ""}
        </p>
        {said(run.error) && (run.result !== "partial" || troubles.length === 0) && (
          <Notice tone={run.result === "failed" ? "bad" : "warn"} title={run.result === "failed" ? "Why it failed" : "Why it did not finish"}>
            <Cause error={run.error} />
          </Notice>
        )}
        {troubles.length > 0 && (
          <Notice tone="warn" title={run.result === "partial" ? "Why it is partial" : "Not everything could be read"}>
            <ul>{troubles.map((text) => <li key={text}>{text}</li>)}</ul>
          </Notice>
        )}
        <ul className="streams">{run.streams.map((stream) => <StreamLine key={stream.stream} stream={stream} ended={run.ended_at !== null} />)}</ul>
      </details>
    </li>
  );
}

const STATES: Record<string, Look> = { done: RESULTS.ok!, partial: RESULTS.partial!, failed: RESULTS.failed! };

/** What a sync that ended has not read whole, the next one goes on with. */
const UNREAD: Record<string, string> = { pending: "not read", running: "not finished", read: "not finished" };

function StreamLine({ stream, ended }: { stream: StreamRun; ended: boolean }) {
  const { tone, icon } = STATES[stream.state] ?? (ended ? RESULTS.aborted! : RUNNING);
  const counts = [`${stream.seen} read`, `${stream.upserted ?? 0} changed`, `${stream.deleted ?? 0} deleted`];
  if (stream.held) counts.push(`${stream.held} held`);
  if (stream.skipped) counts.push(`${stream.skipped} skipped`);
  const leftOut = stream.left_out ?? [];
  return (
    <li>
      <p className="stream-head">
        <span>{words(stream.stream)}</span>
        {stream.state !== "done" && <span className={`state small ${tone}`}><Icon name={icon} />{(ended && UNREAD[stream.state]) || words(stream.state)}</span>}
        <span className="small-text">{counts.join(", ")}</span>
      </p>
      {said(stream.error) && <Cause error={stream.error} />}
      {(stream.doubts ?? []).map((code) => <p key={code} className="small-text">{doubt(code)}</p>)}
      {leftOut.map(({ reason, message, count }) => (
        <p key={reason} className="small-text">{counted(count, "record")} left out on purpose: {message} <code>{reason}</code></p>
      ))}
      {(stream.notices ?? []).map(({ code, message }) => <p key={`${code} ${message}`} className="small-text">{message} <code>{code}</code></p>)}
    </li>
  );
}

function Cause({ error }: { error?: RunError | null }) {
  return <p>{error?.message} {error?.code && <code>{error.code}</code>}</p>;
}

const said = (error?: RunError | null) => Boolean(error?.message ?? error?.code);

/** What of a stream makes a sync partial, in one sentence. */
function trouble({ stream, state, held = 0, skipped = 0, error }: StreamRun): string[] {
  const what = [
    ...(skipped > 0 ? [`${counted(skipped, "record")} could not be read and ${skipped === 1 ? "was" : "were"} skipped`] : []),
    ...(held > 0 ? [`the deletion of ${counted(held, "row")} is held`] : []),
    ...(state === "failed" ? [`it failed${error?.code ? ` (${words(error.code)})` : ""}`] : []),
  ];
  if (state === "partial" && what.length === 0) what.push("a part of it could not be read");
  return what.length > 0 ? [`${words(stream)}: ${what.join("; ")}.`] : [];
}

function lasted(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (seconds < 120) return counted(seconds, "second");
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}

// What an operator can do to a connection, each with what came of it.
import { useState } from "react";
import { operatorApi, type Checked, type Connection } from "../api/operator";
import { CopyButton } from "../parts/CopyButton";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { DisconnectDialog } from "./DisconnectDialog";
import { timeText } from "./Status";
import { useAction } from "./use_action";
import { sentence } from "./words";

export function ConnectionActions({ connection, onDone }: { connection: Connection; onDone: () => void }) {
  const { id } = connection;
  const { busy, said, problem, act } = useAction();
  const [link, setLink] = useState<{ url: string; expires_at: string }>();
  const [ending, setEnding] = useState(false);
  const ended = connection.health.status === "disconnected";
  const paused = connection.paused_at !== undefined;

  const button = (label: string, what: () => Promise<unknown>, done?: string) => (
    <button type="button" className="button" disabled={busy} onClick={() => void act(what, done).then((worked) => worked && onDone())}>{label}</button>
  );
  if (ended) return null;
  return (
    <>
      <div className="actions">
        {button("Check now", async () => checkedText(await operatorApi.check(id)))}
        {button("Sync now", () => operatorApi.sync(id, false), "A sync is queued.")}
        {button("Full sync", () => operatorApi.sync(id, true), "A full sync is queued.")}
        {paused ? button("Resume", () => operatorApi.resume(id), "Syncing is resumed.") : button("Pause", () => operatorApi.pause(id), "Syncing is paused until you resume it.")}
        {button("Link to renew", async () => setLink(await operatorApi.reauthLink(id)))}
        <button type="button" className="button danger" disabled={busy} onClick={() => setEnding(true)}>Disconnect…</button>
      </div>
      <p role="status" className="small-text">{busy ? "One moment…" : said}</p>
      {problem && <ProblemNotice problem={problem} />}
      {link && (
        <Notice tone="info" role="status" title="Send this link to the merchant">
          <p>It works once, until {timeText(link.expires_at)}. Anyone with the link can renew this connection.</p>
          <p><code>{link.url}</code></p>
          <CopyButton value={link.url} what="the link" />
        </Notice>
      )}
      {ending && <DisconnectDialog connection={connection} onClose={() => setEnding(false)} onDone={onDone} />}
    </>
  );
}

const OUTCOMES: Record<string, string> = {
  works: "The connection was checked: it works.",
  refused: "The connection was checked: the platform refuses it.",
};

/** What could not be asked, or was not confirmed, leaves the connection as it is: the host says so in its note. */
function checkedText({ outcome, note }: Checked): string {
  if (note) return sentence(note);
  return OUTCOMES[outcome ?? ""] ?? "The connection was checked.";
}

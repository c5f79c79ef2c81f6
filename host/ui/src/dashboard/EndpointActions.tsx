// What can be done to an endpoint: try it out, stop it, send again since a time, change its secret, remove it.
import { useState, type FormEvent } from "react";
import { eventsApi, type Endpoint, type IssuedEndpoint } from "../api/events";
import { ProblemNotice } from "../parts/ProblemNotice";
import { AskDialog } from "./AskDialog";
import { SecretNotice } from "./SecretNotice";
import { timeText } from "./Status";
import { useAction } from "./use_action";
import { linkTo } from "./use_place";
import { words } from "./words";

export function EndpointActions({ endpoint, onDone }: { endpoint: Endpoint; onDone: () => void }) {
  const { id, enabled } = endpoint;
  const { busy, said, problem, act } = useAction();
  const [asking, setAsking] = useState<"rotate" | "remove">();
  const [issued, setIssued] = useState<IssuedEndpoint>();
  const [since, setSince] = useState("");
  const run = (what: () => Promise<unknown>, done?: string) => void act(what, done).then((worked) => worked && onDone());
  const test = async () => {
    const { outcome, error, duration_ms: took } = await eventsApi.test(id);
    return outcome === "delivered" ? `The test was accepted after ${took} ms.` : `The test was not accepted: ${error ?? words(outcome)}.`;
  };
  const replay = (event: FormEvent) => {
    event.preventDefault();
    const from = new Date(since).toISOString();
    run(() => eventsApi.replay(id, { since: from }), `Everything since ${timeText(from)} is scheduled to be sent again.`);
  };
  return (
    <>
      <div className="actions">
        <button type="button" className="button" disabled={busy} onClick={() => run(test)}>Send a test</button>
        {enabled ? (
          <button type="button" className="button" disabled={busy} onClick={() => run(() => eventsApi.enable(id, false), "Nothing is sent until you enable it.")}>Disable</button>
        ) : (
          <button type="button" className="button" disabled={busy} onClick={() => run(() => eventsApi.enable(id, true), "What has happened meanwhile is sent now.")}>Enable</button>
        )}
        <button type="button" className="button" disabled={busy} onClick={() => setAsking("rotate")}>New secret…</button>
        <button type="button" className="button danger" disabled={busy} onClick={() => setAsking("remove")}>Remove…</button>
      </div>
      <form className="search wide" onSubmit={replay}>
        <div>
          <label htmlFor="since">Send again everything since</label>
          <input id="since" type="datetime-local" required value={since} onChange={(event) => setSince(event.target.value)} />
        </div>
        <button type="submit" className="button" disabled={busy}>Send again</button>
      </form>
      <p role="status" className="small-text">{busy ? "One moment…" : said}</p>
      {problem && <ProblemNotice problem={problem} />}
      {issued && (
        <SecretNotice secret={issued.secret} title="The new secret">
          {issued.former_secret_until ? `The previous secret stays valid until ${timeText(issued.former_secret_until)}.` : "The previous secret is no longer valid."}
        </SecretNotice>
      )}
      {asking === "rotate" && (
        <AskDialog title="Create a new secret?" onClose={() => setAsking(undefined)} text="Both secrets are valid for a day, so that the endpoint can switch over. If the previous secret may be known to others, revoke it now.">
          {(close) => (
            <>
              <button type="button" className="button primary" onClick={() => (close(), run(async () => setIssued(await eventsApi.rotate(id, false))))}>Both for a day</button>
              <button type="button" className="button danger" onClick={() => (close(), run(async () => setIssued(await eventsApi.rotate(id, true))))}>Revoke the previous one now</button>
            </>
          )}
        </AskDialog>
      )}
      {asking === "remove" && (
        <AskDialog title="Remove this endpoint?" onClose={() => setAsking(undefined)} text="Nothing more is sent to it, and its pending deliveries are dropped. Events stay readable.">
          {(close) => (
            <button
              type="button"
              className="button danger"
              onClick={() => {
                close();
                void act(() => eventsApi.remove(id)).then((worked) => worked && (location.hash = linkTo("events", "endpoints")));
              }}
            >
              Remove
            </button>
          )}
        </AskDialog>
      )}
    </>
  );
}

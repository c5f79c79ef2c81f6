// Deletions that are held: rows that a full sync did not see and that stay, because there is reason to doubt it.
import { useState } from "react";
import { syncsApi, type HeldDeletions as Held } from "../api/syncs";
import { Icon } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { ago, counted } from "./ago";
import { AskDialog } from "./AskDialog";
import { timeText } from "./Status";
import { useAction } from "./use_action";
import { words } from "./words";

export function HeldDeletions({ id, held, onChanged }: { id: string; held: Held[]; onChanged: () => void }) {
  const { busy, said, problem, act } = useAction();
  const [asked, setAsked] = useState<string[]>();
  const ask = (streams: string[]) => {
    setAsked(streams);
    // The number that is confirmed is the number of now.
    onChanged();
  };
  const accept = async (streams: string[]) => {
    const { data } = await syncsApi.acceptDeletions(id, streams);
    if (data.length === 0) return "No deletions were held any more: nothing was deleted.";
    return `Deleted: ${data.map(({ stream, rows }) => `${counted(rows, "row")} of ${words(stream)}`).join(", ")}.`;
  };
  const chosen = held.filter(({ stream }) => asked?.includes(stream));
  const rows = counted(sum(chosen), "row");
  // Meanwhile they were seen again, or deleted.
  if (asked && chosen.length === 0) setAsked(undefined);
  return (
    <>
      {held.length > 0 && (
        <section className="panel held undecided" aria-labelledby="held">
          <div className="title-row">
            <h2 id="held">Held deletions</h2>
            <span className="state warn"><Icon name="warn" />{counted(sum(held), "row")} held</span>
          </div>
          <p>
            The last full sync did not see these rows, but it may have been incomplete. They stay in the catalog until another full sync
            confirms the deletion, or you accept it. Rows that are seen again are no longer held.
          </p>
          <div className="table stacks" tabIndex={0} role="region" aria-label="Held deletions by stream">
            <table>
              <thead>
                <tr><th scope="col">Stream</th><th scope="col">Held</th><th scope="col">Why</th><th scope="col"><span className="sr-only">Decision</span></th></tr>
              </thead>
              <tbody>{held.map((one) => <Row key={one.stream} held={one} busy={busy} onAsk={() => ask([one.stream])} />)}</tbody>
            </table>
          </div>
          {held.length > 1 && (
            <div className="actions">
              <button type="button" className="button danger" disabled={busy} onClick={() => ask(held.map(({ stream }) => stream))}>Accept all deletions…</button>
            </div>
          )}
        </section>
      )}
      <p role="status" className="small-text">{busy ? "One moment…" : ""}</p>
      {said && <Notice tone="good" role="status" title={said} />}
      {problem && <ProblemNotice problem={problem} />}
      {chosen.length > 0 && (
        <AskDialog
          title={`Delete ${rows}?`}
          text={`${listed(chosen)} ${sum(chosen) === 1 ? "is" : "are"} deleted at once, without waiting for another sync, and channels receive events of it. A row comes back with the next sync that sees it. Check in the store first if you are not sure.`}
          onClose={() => setAsked(undefined)}
        >
          {(close) => (
            <button
              type="button"
              className="button danger"
              onClick={() => {
                close();
                void act(() => accept(chosen.map(({ stream }) => stream))).then((worked) => worked && onChanged());
              }}
            >
              Delete {rows}
            </button>
          )}
        </AskDialog>
      )}
    </>
  );
}

function Row({ held, busy, onAsk }: { held: Held; busy: boolean; onAsk: () => void }) {
  return (
    <tr>
      <th scope="row">{words(held.stream)}</th>
      <td className="nowrap">
        {counted(held.rows, "row")}
        <span className="small-text">since {timeText(held.since)} ({ago(held.since)})</span>
      </td>
      <td className="said">
        <ul className="plain">{held.doubts.map(({ code, message }) => <li key={code}>{message}</li>)}</ul>
        {held.first_missed_at && <p className="small-text">First missed by a sound sync {timeText(held.first_missed_at)}; a second one confirms it.</p>}
        {held.examples.length > 0 && (
          <details className="raw">
            <summary>{held.examples.length < held.rows ? `Some of them (${held.examples.length})` : "Which ones"}</summary>
            <p className="codes-line">{held.examples.map((example) => <code key={example}>{example}</code>)}</p>
          </details>
        )}
      </td>
      <td>
        <button type="button" className="button small danger" disabled={busy} onClick={onAsk}>Accept deletions…<span className="sr-only"> of {words(held.stream)}</span></button>
      </td>
    </tr>
  );
}

const sum = (held: Held[]) => held.reduce((rows, one) => rows + one.rows, 0);

/** `200 rows of offers and 14 rows of prices`. */
function listed(held: Held[]): string {
  return new Intl.ListFormat("en-GB").format(held.map(({ stream, rows }) => `${counted(rows, "row")} of ${words(stream)}`));
}

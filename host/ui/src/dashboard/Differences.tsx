// What a platform did otherwise than agreed, value beside value, and the decision to let it stay so.
import { useState, type FormEvent } from "react";
import { ordersApi, type Acceptance, type Difference } from "../api/orders";
import { Icon } from "../parts/Icon";
import { FieldProblems } from "./FieldProblems";
import { money } from "./money";
import { timeText } from "./Status";
import { useAction } from "./use_action";
import { fieldName, words } from "./words";

interface DifferencesProps {
  /** The connection. */
  id: string;
  intent: string;
  op: string;
  title: string;
  differences: Difference[];
  accepted?: Acceptance;
  onAccepted: () => void;
}

export function Differences({ id, intent, op, title, differences, accepted, onAccepted }: DifferencesProps) {
  const heading = `differs-${intent}`;
  return (
    <div role="group" className={accepted ? "panel differs" : "panel differs undecided"} aria-labelledby={heading}>
      <div className="title-row">
        <h2 id={heading}>{title}</h2>
        {accepted ? <span className="state"><Icon name="check" />Accepted</span> : <span className="state warn"><Icon name="warn" />Needs manual resolution</span>}
      </div>
      <p>The result of “{words(op)}” in the store differs from what was agreed. The operation is done and is not sent again.</p>
      <div className="table stacks" tabIndex={0} role="group" aria-label={`${title}: differences`}>
        <table>
          <thead><tr><th scope="col">What</th><th scope="col">Agreed</th><th scope="col">In the store</th></tr></thead>
          <tbody>
            {differences.map(({ field, agreed, actual }) => (
              <tr key={field}>
                <th scope="row">{fieldName(field)}</th>
                <td className="said" data-label="Agreed">{valueText(agreed, "nothing")}</td>
                <td className="said" data-label="In the store"><strong>{valueText(actual, "not shown")}</strong></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {accepted ? (
        <p className="small-text">Accepted {timeText(accepted.at)} · {accepted.actor} · {accepted.note}</p>
      ) : (
        <Accept id={id} intent={intent} onAccepted={onAccepted} />
      )}
    </div>
  );
}

function Accept({ id, intent, onAccepted }: { id: string; intent: string; onAccepted: () => void }) {
  const [note, setNote] = useState("");
  const { busy, problem, act } = useAction();
  const accept = (event: FormEvent) => {
    event.preventDefault();
    void act(() => ordersApi.decide(id, intent, { decision: "accept_difference", note: note.trim() })).then((worked) => worked && onAccepted());
  };
  const field = `note-${intent}`;
  return (
    <form onSubmit={accept}>
      {problem && <FieldProblems problem={problem} />}
      <div className="field">
        <label htmlFor={field}>Reason for accepting</label>
        <input id={field} required maxLength={500} value={note} aria-describedby={`${field}-text`} onChange={(event) => setNote(event.target.value)} />
        <p className="field-text" id={`${field}-text`}>
          Accepting changes nothing in the store: the note stays in the order’s history, and channels receive an event. Do not enter personal data. To correct the order,
          change or cancel it in the store instead.
        </p>
      </div>
      <div className="actions"><button type="submit" className="button" disabled={busy}>Accept the difference</button></div>
    </form>
  );
}

/** A value as it was answered, whatever it is. */
function valueText(value: unknown, absent: string): string {
  if (value === null || value === undefined) return absent;
  if (typeof value === "string") return value;
  const { amount_minor: minor, currency } = value as { amount_minor?: unknown; currency?: unknown };
  if (Number.isSafeInteger(minor) && typeof currency === "string") return money(minor as number, currency);
  return JSON.stringify(value);
}

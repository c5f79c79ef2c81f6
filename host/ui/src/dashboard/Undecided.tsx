// What needs manual resolution: sent to a platform without an answer that could be found out about, or done otherwise than agreed.
import { useState, type FormEvent } from "react";
import { ordersApi, type Intent } from "../api/orders";
import { Problem } from "../api/problem";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { Differences } from "./Differences";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";
import { words } from "./words";

export function Undecided({ id, onDecided }: { id: string; onDecided: () => void }) {
  const { data, problem, reload } = useLoaded(() => ordersApi.undecided(id), `undecided ${id}`);
  const decided = () => {
    reload();
    onDecided();
  };
  return (
    <>
      {problem && <ProblemNotice problem={problem} />}
      {data?.data.map((intent) =>
        intent.differs_from_agreed?.length ? (
          <Differences
            key={intent.id}
            id={id}
            intent={intent.id}
            op={intent.op}
            title={`Differs from what was agreed${intent.channel_reference ? `: ${intent.channel_reference}` : ""}`}
            differences={intent.differs_from_agreed}
            onAccepted={decided}
          />
        ) : (
          <Question key={intent.id} id={id} intent={intent} onDecided={decided} />
        ),
      )}
      {data?.next_cursor && <p className="lead">More orders need manual resolution. They appear here when these are resolved.</p>}
    </>
  );
}

function Question({ id, intent, onDecided }: { id: string; intent: Intent; onDecided: () => void }) {
  const [order, setOrder] = useState(intent.order_id ?? "");
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const decide = async (decision: Parameters<typeof ordersApi.decide>[2]) => {
    setBusy(true);
    try {
      await ordersApi.decide(id, intent.id, decision);
      onDecided();
    } catch (error) {
      setBusy(false);
      setProblem(error instanceof Problem ? error : Problem.unreachable());
    }
  };
  const done = (event: FormEvent) => {
    event.preventDefault();
    void decide({ decision: "done", order_ids: [order.trim()] });
  };
  const field = `decide-${intent.id}`;
  return (
    <Notice tone="warn" title={`Was it done? “${words(intent.op)}”${intent.channel_reference ? ` for ${intent.channel_reference}` : ""}`}>
      <p>
        It was sent {intent.attempts === 1 ? "once" : `${intent.attempts} times`} on {timeText(intent.created_at)}, and no answer came. The host has searched for it {intent.searches === 1 ? "once" : `${intent.searches} times`} since.
        Check in the store and choose the result. Nothing is sent again before that.
      </p>
      {intent.error?.message && <p className="small-text">{intent.error.message}</p>}
      {problem && <ProblemNotice problem={problem} />}
      <form className="search" onSubmit={done}>
        <label htmlFor={field} className="sr-only">The store’s id of the order</label>
        <input id={field} required placeholder="The store’s id of the order" value={order} onChange={(event) => setOrder(event.target.value)} />
        <button type="submit" className="button" disabled={busy}>It was done</button>
        <button type="button" className="button" disabled={busy} onClick={() => void decide({ decision: "not_done" })}>It was not done</button>
      </form>
    </Notice>
  );
}

// Ending a connection: a reason for the record, and what it means.
import { useEffect, useRef, useState, type FormEvent } from "react";
import { operatorApi, type Connection } from "../api/operator";
import { Problem } from "../api/problem";
import { ProblemNotice } from "../parts/ProblemNotice";

interface DisconnectDialogProps {
  connection: Connection;
  onClose: () => void;
  onDone: () => void;
}

export function DisconnectDialog({ connection, onClose, onDone }: DisconnectDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => dialog.current?.showModal(), []);
  const end = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await operatorApi.disconnect(connection.id, reason.trim());
      dialog.current?.close();
      onDone();
    } catch (error) {
      setProblem(error instanceof Problem ? error : Problem.unreachable());
    }
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="end-title" aria-describedby="end-text">
      <form onSubmit={(event) => void end(event)}>
        <h2 id="end-title">Disconnect {connection.label}?</h2>
        <p id="end-text">Syncing stops, and the key of its credentials is destroyed: they can never be read again. To reconnect the store, its merchant needs a new link.</p>
        <p><a href={operatorApi.exportOf(connection.id)} download={`${connection.id}.jsonl`}>Download its catalog first</a> – one record per line. It also stays here, but is no longer updated.</p>
        {problem && <ProblemNotice problem={problem} />}
        <div className="field">
          <label htmlFor="end-reason">Reason</label>
          <input id="end-reason" required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
          <p className="field-text">One sentence, kept in the history.</p>
        </div>
        <div className="actions">
          <button type="button" className="button primary" onClick={() => dialog.current?.close()}>Keep it</button>
          <button type="submit" className="button danger">Disconnect</button>
        </div>
      </form>
    </dialog>
  );
}

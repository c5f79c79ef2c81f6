// Asks before stopping, then returns to the channel with `status=cancelled`.
import { useEffect, useRef, useState } from "react";
import type { Problem } from "../api/problem";
import type { SessionApi } from "../api/session";
import { ProblemNotice } from "../parts/ProblemNotice";
import { useText } from "../text/text";
import { goTo } from "./redirect";

interface CancelDialogProps {
  api: SessionApi;
  channel: string;
  onClose: () => void;
  onProblem: (error: unknown) => Problem;
}

export function CancelDialog({ api, channel, onClose, onProblem }: CancelDialogProps) {
  const text = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => dialog.current?.showModal(), []);
  const stop = async () => {
    setBusy(true);
    try {
      goTo((await api.cancel()).redirect_url);
    } catch (error) {
      setBusy(false);
      setProblem(onProblem(error));
    }
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="cancel-title" aria-describedby="cancel-text">
      <h2 id="cancel-title">{text("cancel.title")}</h2>
      <p id="cancel-text">{text("cancel.text", { channel })}</p>
      {problem && <ProblemNotice problem={problem} toMerchant />}
      <div className="actions">
        <button type="button" className="button primary" onClick={() => dialog.current?.close()}>
          {text("cancel.no")}
        </button>
        <button type="button" className="button" disabled={busy} onClick={() => void stop()}>
          {text("cancel.yes")}
        </button>
      </div>
    </dialog>
  );
}

// Asks before something is done that cannot be taken back lightly.
import { useEffect, useRef, type ReactNode } from "react";

interface AskDialogProps {
  title: string;
  text: string;
  onClose: () => void;
  /** The buttons that do it; they close the dialog first. */
  children: (close: () => void) => ReactNode;
}

export function AskDialog({ title, text, onClose, children }: AskDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // A key pressed too early does nothing.
    cancel.current?.focus();
  }, []);
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="ask-title" aria-describedby="ask-text">
      <h2 id="ask-title">{title}</h2>
      <p id="ask-text">{text}</p>
      <div className="actions">
        {children(close)}
        <button ref={cancel} type="button" className="button quiet" onClick={close}>Cancel</button>
      </div>
    </dialog>
  );
}

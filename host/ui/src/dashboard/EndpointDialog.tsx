// Asks before something is done to an endpoint.
import { useEffect, useRef, type ReactNode } from "react";

interface EndpointDialogProps {
  title: string;
  text: string;
  onClose: () => void;
  /** The buttons that do it; they close the dialog first. */
  children: (close: () => void) => ReactNode;
}

export function EndpointDialog({ title, text, onClose, children }: EndpointDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="ask-title" aria-describedby="ask-text">
      <h2 id="ask-title">{title}</h2>
      <p id="ask-text">{text}</p>
      <div className="actions">
        {children(close)}
        <button type="button" className="button quiet" onClick={close}>Cancel</button>
      </div>
    </dialog>
  );
}

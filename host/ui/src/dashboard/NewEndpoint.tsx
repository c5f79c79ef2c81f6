// Adds an endpoint, and shows its secret this once.
import { useState, type FormEvent } from "react";
import { eventsApi, type IssuedEndpoint } from "../api/events";
import { FieldProblems } from "./FieldProblems";
import { SecretNotice } from "./SecretNotice";
import { useAction } from "./use_action";

const EMPTY = { url: "", types: "", description: "", channel: "" };

export function NewEndpoint({ onAdded }: { onAdded: () => void }) {
  const [values, setValues] = useState(EMPTY);
  const [issued, setIssued] = useState<IssuedEndpoint>();
  const { busy, problem, act } = useAction();
  const add = async (event: FormEvent) => {
    event.preventDefault();
    const worked = await act(async () => {
      const types = values.types.split(/[\s,]+/u).filter(Boolean);
      setIssued(await eventsApi.add({ url: values.url.trim(), types, description: values.description.trim(), channel_id: values.channel.trim() || undefined }));
    });
    if (!worked) return;
    setValues(EMPTY);
    onAdded();
  };
  const input = (name: keyof typeof EMPTY, label: string, more: { required?: boolean; placeholder?: string; text?: string } = {}) => (
    <div className="field">
      <label htmlFor={`endpoint-${name}`}>{label}</label>
      <input
        id={`endpoint-${name}`}
        required={more.required}
        placeholder={more.placeholder}
        autoComplete="off"
        aria-describedby={more.text ? `endpoint-${name}-text` : undefined}
        value={values[name]}
        onChange={(event) => setValues({ ...values, [name]: event.target.value })}
      />
      {more.text && <p className="field-text" id={`endpoint-${name}-text`}>{more.text}</p>}
    </div>
  );
  return (
    <>
      {issued && <SecretNotice secret={issued.secret} title={`Secret of ${issued.url}`} />}
      <details className="panel fold-panel">
        <summary>Add an endpoint</summary>
        <form onSubmit={(event) => void add(event)}>
          {problem && <FieldProblems problem={problem} />}
          {input("url", "Address", { required: true, placeholder: "https://channel.example/hooks", text: "https, reachable from the internet." })}
          {input("types", "Events", { placeholder: "offer.*, price.changed", text: "Types or groups, separated by commas. Leave empty for all." })}
          <div className="field-row">
            {input("description", "Description")}
            {input("channel", "Channel", { placeholder: "ch_…", text: "Only this channel’s events; those of the whole host when empty." })}
          </div>
          <div className="actions"><button type="submit" className="button primary" disabled={busy}>Add endpoint</button></div>
        </form>
      </details>
    </>
  );
}

// What is wrong, said once above the form: it takes the focus, names each field and leads to it.
import { useLayoutEffect, useRef } from "react";
import { Notice } from "../parts/Notice";
import { titleOf, type FormSchema } from "../schema/profile";
import type { Mistakes } from "../schema/validator";
import { counted, useText } from "../text/text";

interface ErrorSummaryProps {
  mistakes: Mistakes;
  form: FormSchema;
  /** Counts submits: the summary appears and takes the focus after one, not while typing. */
  attempt: number;
  /** The focus is about to go to a field: leave it alone. */
  quiet: boolean;
  onGoTo: (name: string) => void;
}

export function ErrorSummary({ mistakes, form, attempt, quiet, onGoTo }: ErrorSummaryProps) {
  const text = useText();
  const summary = useRef<HTMLDivElement>(null);
  const names = Object.keys(mistakes);
  useLayoutEffect(() => {
    if (attempt > 0 && !quiet) summary.current?.focus();
  }, [attempt]);
  if (attempt === 0 || names.length === 0) return null;
  const title = counted(text, "error.summary", names.length);
  return (
    <Notice tone="bad" role="alert" title={title} ref={summary}>
      <ul>
        {names.map((name) => (
          <li key={name}>
            {name in form.properties ? (
              <button type="button" className="link" onClick={() => onGoTo(name)}>
                {titleOf(name, form.properties[name])}: {mistakes[name]?.join(" ")}
              </button>
            ) : (
              mistakes[name]?.join(" ")
            )}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

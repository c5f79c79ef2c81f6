// The input of a secret: hidden, with a button that reveals it, and a suggestion where the schema allows one.
import type { WidgetProps } from "@rjsf/utils";
import { useState } from "react";
import { CopyButton } from "../parts/CopyButton";
import { titleOf, type FieldSchema } from "../schema/profile";
import { useText } from "../text/text";
import { describedBy, nameOf } from "./FieldBox";
import { useCleanedText } from "./TextInput";

export function SecretInput(props: WidgetProps) {
  const { id, value, required, disabled, rawErrors = [], onChange } = props;
  const text = useText();
  const [revealed, setRevealed] = useState(false);
  const field = props.schema as unknown as FieldSchema;
  const title = titleOf(nameOf(id), field);
  const typed = useCleanedText(props);
  const generated = field["x-generated"];
  return (
    <>
      <div className="secret">
        <input
          id={id}
          type={revealed ? "text" : "password"}
          value={value === undefined ? "" : String(value)}
          required={required}
          disabled={disabled}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-1p-ignore=""
          data-lpignore="true"
          aria-invalid={rawErrors.length > 0}
          aria-describedby={describedBy(id, field, rawErrors.length > 0)}
          {...typed}
        />
        <button
          type="button"
          className="button"
          aria-controls={id}
          aria-label={text(revealed ? "field.hide_label" : "field.show_label", { title })}
          onClick={() => setRevealed(!revealed)}
        >
          {text(revealed ? "field.hide" : "field.show")}
        </button>
      </div>
      {generated && (
        <div className="suggest">
          <button
            type="button"
            className="button small"
            onClick={() => {
              onChange(suggest(generated));
              setRevealed(true);
            }}
          >
            {text("field.suggest")}
          </button>
          {value !== undefined && <CopyButton value={String(value)} what={title} />}
        </div>
      )}
    </>
  );
}

/** A random value of `bytes` letters; letters are drawn without bias. */
function suggest({ bytes, alphabet }: { bytes: number; alphabet: string }): string {
  const fair = 256 - (256 % alphabet.length);
  let made = "";
  while (made.length < bytes) {
    for (const byte of crypto.getRandomValues(new Uint8Array(bytes))) {
      if (byte < fair && made.length < bytes) made += alphabet[byte % alphabet.length];
    }
  }
  return made;
}

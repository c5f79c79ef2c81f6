// The input of text, addresses, dates and numbers. What is pasted is cleaned at once, what is typed when the field is left.
import type { WidgetProps } from "@rjsf/utils";
import type { ChangeEvent, FocusEvent } from "react";
import { normalize } from "../schema/normalize";
import type { FieldSchema, Value } from "../schema/profile";
import { afterPress } from "./after_press";
import { describedBy, nameOf } from "./FieldBox";
import { useSurroundings } from "./surroundings";

const TYPES: Record<string, string> = { date: "date", email: "email" };
const MODES = { uri: "url", email: "email" } as const;

export function TextInput(props: WidgetProps) {
  const { id, value, required, disabled, rawErrors = [] } = props;
  const field = props.schema as unknown as FieldSchema;
  const typed = useCleanedText(props);
  const isNumber = field.type === "integer";
  const input = (
    <input
      id={id}
      type={TYPES[field.format ?? ""] ?? "text"}
      inputMode={isNumber ? "numeric" : MODES[field.format as keyof typeof MODES]}
      value={value === undefined ? "" : String(value)}
      required={required}
      disabled={disabled}
      placeholder={undefined}
      autoComplete={field["x-autocomplete"] ?? "off"}
      autoCapitalize="none"
      spellCheck={false}
      aria-invalid={rawErrors.length > 0}
      aria-describedby={describedBy(id, field, rawErrors.length > 0)}
      min={field.format === "date" ? new Date().toISOString().slice(0, 10) : undefined}
      {...typed}
    />
  );
  if (!field["x-prefix"] && !field["x-suffix"]) return input;
  return (
    <div className="affixed">
      {field["x-prefix"] && <span className="affix">{field["x-prefix"]}</span>}
      {input}
      {field["x-suffix"] && <span className="affix">{field["x-suffix"]}</span>}
    </div>
  );
}

/** Handlers that clean as `x-normalize` asks and tell the page what was cleaned. */
export function useCleanedText({ id, schema, onChange }: Pick<WidgetProps, "id" | "schema" | "onChange">) {
  const { onCleaned, onLeave } = useSurroundings();
  const field = schema as unknown as FieldSchema;
  const name = nameOf(id);
  const valueOf = (text: string): Value | undefined => {
    if (text === "") return undefined;
    return field.type === "integer" && /^-?\d+$/u.test(text) ? Number(text) : text;
  };
  const give = (text: string) => onChange(valueOf(text));
  const clean = (given: string) => {
    const { text, noise } = normalize(field, given);
    if (noise.length > 0) onCleaned(name, noise);
    give(text);
  };
  return {
    onChange: (event: ChangeEvent<HTMLInputElement>) => {
      const pasted = (event.nativeEvent as InputEvent).inputType === "insertFromPaste";
      if (pasted) clean(event.target.value);
      else {
        onCleaned(name, []);
        give(event.target.value);
      }
    },
    onBlur: ({ currentTarget: input }: FocusEvent<HTMLInputElement>) =>
      afterPress(() => {
        // The press may have submitted the form, or put another value here.
        if (!input.isConnected) return;
        const { text, noise } = normalize(field, input.value);
        if (noise.length > 0) clean(input.value);
        onLeave(name, valueOf(text));
      }),
  };
}

// The input of text, addresses, dates and numbers. What is pasted is cleaned at once, what is typed when the field is left.
import type { WidgetProps } from "@rjsf/utils";
import type { ChangeEvent } from "react";
import { normalize } from "../schema/normalize";
import type { FieldSchema } from "../schema/profile";
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
export function useCleanedText({ id, schema, value, onChange }: Pick<WidgetProps, "id" | "schema" | "value" | "onChange">) {
  const { onCleaned, onLeave } = useSurroundings();
  const field = schema as unknown as FieldSchema;
  const name = nameOf(id);
  const give = (text: string) => {
    if (text === "") onChange(undefined);
    else if (field.type === "integer" && /^-?\d+$/u.test(text)) onChange(Number(text));
    else onChange(text);
  };
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
    onBlur: () => {
      if (typeof value === "string" && normalize(field, value).noise.length > 0) clean(value);
      onLeave(name);
    },
  };
}

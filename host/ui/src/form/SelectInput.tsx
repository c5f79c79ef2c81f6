// A list of values: from the schema's `enum`, or found in the store.
import type { WidgetProps } from "@rjsf/utils";
import type { FieldSchema } from "../schema/profile";
import { useText } from "../text/text";
import { describedBy } from "./FieldBox";

export function SelectInput({ id, value, required, disabled, rawErrors = [], schema, options, onChange }: WidgetProps) {
  const text = useText();
  const field = schema as unknown as FieldSchema;
  const listed = options.enumOptions ?? [];
  const chosen = listed.findIndex((option) => option.value === value);
  return (
    <select
      id={id}
      value={chosen}
      required={required}
      disabled={disabled}
      aria-invalid={rawErrors.length > 0}
      aria-describedby={describedBy(id, field, rawErrors.length > 0)}
      onChange={(event) => onChange(listed[Number(event.target.value)]?.value)}
    >
      {(!required || chosen < 0) && field.default === undefined && <option value={-1}>{field["x-without"] ?? text("field.not_set")}</option>}
      {listed.map((option, index) => (
        <option key={index} value={index}>
          {field.oneOf ? option.label : (field["x-enum-labels"]?.[String(option.value)] ?? readable(option.label))}
        </option>
      ))}
    </select>
  );
}

/** `order_api` → `Order api`: for a word without a label. */
function readable(word: string): string {
  return word.replaceAll("_", " ").replace(/^./u, (letter) => letter.toUpperCase());
}

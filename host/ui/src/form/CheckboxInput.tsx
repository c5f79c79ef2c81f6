// A yes or no.
import type { WidgetProps } from "@rjsf/utils";
import { titleOf, type FieldSchema } from "../schema/profile";
import { describedBy, nameOf } from "./FieldBox";

export function CheckboxInput({ id, value, disabled, rawErrors = [], schema, onChange }: WidgetProps) {
  const field = schema as unknown as FieldSchema;
  return (
    <label className="checkbox" htmlFor={id}>
      <input
        id={id}
        type="checkbox"
        checked={value === true}
        disabled={disabled}
        aria-invalid={rawErrors.length > 0}
        aria-describedby={describedBy(id, field, rawErrors.length > 0)}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>{titleOf(nameOf(id), field)}</span>
    </label>
  );
}

// The same help under the field, folded: for screens too narrow for a panel beside the form.
import type { Session } from "../api/session";
import { titleOf, type FormSchema } from "../schema/profile";
import { useText } from "../text/text";
import { FieldHelp } from "./FieldHelp";

export function FieldGuide({ session, form, name }: { session: Session; form: FormSchema; name: string }) {
  const text = useText();
  if (!form.properties[name]?.["x-help"]) return null;
  return (
    <details className="field-guide">
      <summary>{text("field.help")}</summary>
      <h2 className="sr-only">{titleOf(name, form.properties[name])}</h2>
      <FieldHelp session={session} form={form} name={name} />
    </details>
  );
}

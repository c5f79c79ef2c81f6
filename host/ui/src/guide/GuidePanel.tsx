// The panel beside the form: it follows the field that has the focus.
import type { Session } from "../api/session";
import { Icon } from "../parts/Icon";
import { titleOf, type FormSchema } from "../schema/profile";
import { useText } from "../text/text";
import { FieldHelp } from "./FieldHelp";

export function GuidePanel({ session, form, name }: { session: Session; form: FormSchema; name: string }) {
  const text = useText();
  const shown = helpedField(form, name);
  const field = form.properties[shown];
  if (!field) return null;
  const steps = [...new Set(Object.values(form.properties).map((one) => one["x-step"] ?? 0))].filter(Boolean);
  const step = steps.indexOf(field["x-step"] ?? -1);
  return (
    <aside className="guide" aria-label={text("guide.title")}>
      <div className="guide-inner">
        <p className="guide-kicker">
          <Icon name="book" />
          {steps.length > 1 && step >= 0 ? text("guide.step", { step: step + 1, count: steps.length }) : text("guide.title")}
        </p>
        <h2>{titleOf(shown, field)}</h2>
        <FieldHelp session={session} form={form} name={shown} />
      </div>
    </aside>
  );
}

/** A field without help of its own, such as an expiry date, is helped by the field it belongs to. */
function helpedField(form: FormSchema, name: string): string {
  if (form.properties[name]?.["x-help"]) return name;
  const owner = Object.entries(form.properties).find(([, field]) => field["x-expiry"]?.field === name);
  return owner?.[0] ?? name;
}

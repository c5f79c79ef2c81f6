// When secrets run out.
import type { CheckResult } from "../api/session";
import { Icon } from "../parts/Icon";
import { titleOf, type FormSchema } from "../schema/profile";
import { longDay, useLanguage, useText } from "../text/text";

export function Expiries({ result, form }: { result: CheckResult; form: FormSchema }) {
  const text = useText();
  const language = useLanguage();
  const { expiries = [] } = result;
  if (expiries.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="expiries">
      <h2 id="expiries">{text("choices.expiries")}</h2>
      {expiries.map(({ field, expires_at, assumed }) => (
        <p key={field} className="with-icon">
          <Icon name="clock" />
          <span>
            {text(assumed ? "choices.expires_assumed" : "choices.expires", {
              title: titleOf(field, form.properties[field]),
              day: longDay(expires_at, language),
            })}
          </span>
        </p>
      ))}
    </section>
  );
}

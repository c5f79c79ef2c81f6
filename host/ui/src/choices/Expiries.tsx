// When secrets run out, which permissions are missing, where the store differs from what is known.
import type { CheckResult } from "../api/session";
import { Icon } from "../parts/Icon";
import { titleOf, type FormSchema } from "../schema/profile";
import { longDay, useLanguage, useText } from "../text/text";

export function Expiries({ result, form }: { result: CheckResult; form: FormSchema }) {
  const text = useText();
  const language = useLanguage();
  const { expiries = [], permissions_missing: missing = [], schema_differences: differences = [] } = result;
  if (expiries.length + missing.length + differences.length === 0) return null;
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
      {missing.length > 0 && (
        <>
          <h3>{text("choices.missing")}</h3>
          <ul className="codes">
            {missing.map((name) => (
              <li key={name}>
                <code>{name}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      {differences.length > 0 && (
        <details className="fold">
          <summary>{text("choices.differences", { count: differences.length })}</summary>
          <ul className="codes">
            {differences.map(({ path, effect }) => (
              <li key={path}>
                <code>{path}</code> {effect}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

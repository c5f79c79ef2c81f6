// One check: how it went in a word and an icon, what happened, what to do, where it is explained, the raw details.
import { fieldOf } from "../api/problem";
import type { Check } from "../api/session";
import { Icon } from "./Icon";
import { OutsideLink } from "./OutsideLink";
import { titleOf, type FormSchema } from "../schema/profile";
import { useText, type TextKey } from "../text/text";

interface CheckRowProps {
  check: Check;
  form: FormSchema;
  onGoTo?: (name: string) => void;
}

const ICONS: Record<string, "check" | "warn" | "cross" | "skip"> = { pass: "check", warn: "warn", fail: "cross" };

export function CheckRow({ check, form, onGoTo }: CheckRowProps) {
  const text = useText();
  const name = fieldOf(check.pointer);
  const field = name ? form.properties[name] : undefined;
  const troubled = check.status === "fail" || check.status === "warn";
  return (
    <li className={`check-row ${check.status}`}>
      <span className="check-mark">
        <Icon name={ICONS[check.status] ?? "skip"} />
      </span>
      <div className="check-body">
        <p className="check-title">
          {check.title} <span className="check-status">{text(statusKey(check))}</span>
        </p>
        <p className="check-message">{check.message}</p>
        {check.fix && (
          <p className="check-fix">
            <strong>{text("checks.fix")}</strong> {check.fix}
          </p>
        )}
        {troubled && (
          <p className="check-links">
            {onGoTo && name && field && (
              <button type="button" className="link" onClick={() => onGoTo(name)}>
                {text("checks.go_to", { title: titleOf(name, field) })}
              </button>
            )}
            {check.help_url && <OutsideLink href={check.help_url}>{text("checks.learn")}</OutsideLink>}
          </p>
        )}
        {troubled && (
          <details className="raw">
            <summary>{text("checks.details")}</summary>
            <pre tabIndex={0}>{JSON.stringify(check, null, 2)}</pre>
          </details>
        )}
      </div>
    </li>
  );
}

export function statusKey({ status }: Check): TextKey {
  if (status === "pass") return "checks.pass";
  if (status === "warn") return "checks.warn";
  return status === "fail" ? "checks.fail" : "checks.skip";
}

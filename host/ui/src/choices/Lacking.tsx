// Which permissions are missing, and where the store differs from what is known: each under a heading of its own.
import type { CheckResult } from "../api/session";
import { counted, useText } from "../text/text";

export function Lacking({ result }: { result: CheckResult }) {
  const text = useText();
  const { permissions_missing: missing = [], schema_differences: differences = [] } = result;
  return (
    <>
      {missing.length > 0 && (
        <section className="panel" aria-labelledby="missing">
          <h2 id="missing">{text("choices.missing")}</h2>
          <p className="small-text">{text("choices.missing_text")}</p>
          <ul className="codes">
            {missing.map((name) => (
              <li key={name}>
                <code>{name}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
      {differences.length > 0 && (
        <section className="panel" aria-labelledby="differences">
          <h2 id="differences">{text("choices.differences")}</h2>
          <details className="fold">
            <summary>{counted(text, "choices.differences_count", differences.length)}</summary>
            <ul className="codes">
              {differences.map(({ path, effect }) => (
                <li key={path}>
                  <code>{path}</code> {effect}
                </li>
              ))}
            </ul>
          </details>
        </section>
      )}
    </>
  );
}

// How the merchant sets up the webhook: steps, event types, recommended values.
import type { WebhookSetup as Setup } from "../api/session";
import { CopyButton } from "../parts/CopyButton";
import { inline, Markdown } from "../parts/Markdown";
import { OutsideLink } from "../parts/OutsideLink";
import { useText } from "../text/text";

/** `steps` stands in place of the set-up's own. */
export function WebhookSetup({ setup, steps }: { setup: Setup; steps?: string }) {
  const text = useText();
  const topics = text("webhook.topics", { count: setup.topics.length });
  return (
    <>
      {steps ? (
        <Markdown source={steps} />
      ) : (
        <ol className="markdown">
          {setup.steps.map((step) => (
            <li key={step}>{inline(step)}</li>
          ))}
        </ol>
      )}
      {setup.topics.length > 0 && (
        <section className="guide-block" aria-label={topics}>
          <div className="guide-block-head">
            <h3>{topics}</h3>
            <CopyButton value={setup.topics.join("\n")} what={topics} label={text("permissions.copy")} />
          </div>
          <ul className="topics">
            {setup.topics.map((topic) => (
              <li key={topic}>
                <label className="checkbox">
                  <input type="checkbox" />
                  <span>{topic}</span>
                </label>
              </li>
            ))}
          </ul>
        </section>
      )}
      {setup.recommended.length > 0 && (
        <section className="guide-block" aria-label={text("webhook.recommended")}>
          <h3>{text("webhook.recommended")}</h3>
          <dl className="recommended">
            {setup.recommended.map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {setup.docs_url && (
        <p>
          <OutsideLink href={setup.docs_url}>{text("webhook.more")}</OutsideLink>
        </p>
      )}
    </>
  );
}

// Step 1: the form beside the guide.
import { useMemo, useState } from "react";
import type { Session } from "../api/session";
import { SchemaForm } from "../form/SchemaForm";
import { SurroundingsProvider, type FormSurroundings } from "../form/surroundings";
import { FieldGuide } from "../guide/FieldGuide";
import { GuidePanel } from "../guide/GuidePanel";
import { WebhookUrl } from "../guide/WebhookUrl";
import { Icon } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { StepHeading } from "../parts/StepHeading";
import type { Noise } from "../schema/normalize";
import { findMistake } from "../schema/validator";
import { capabilityGain } from "../text/capability";
import { moment, useLanguage, useText } from "../text/text";
import { ErrorSummary } from "./ErrorSummary";
import { CREDENTIALS, receivesWebhooks } from "./steps";
import type { FlowState } from "./use_flow";

interface CredentialsStepProps {
  session: Session;
  flow: FlowState;
  onGoTo: (name: string) => void;
  /** Whether the focus is about to go to a field. */
  arriving: boolean;
}

export function CredentialsStep({ session, flow, onGoTo, arriving }: CredentialsStepProps) {
  const text = useText();
  const language = useLanguage();
  const { forms, values, mistakes, setMistakes, attempt, run } = flow;
  const form = forms.asked;
  const names = Object.keys(form.properties);
  const [focused, setFocused] = useState(names[0] ?? "");
  const [cleaned, setCleaned] = useState<Record<string, Noise[]>>({});
  const [unfolded, setUnfolded] = useState(new Set<string>());
  const renewing = session.mode === "reauth";

  const surroundings = useMemo<FormSurroundings>(() => {
    const assumedExpiry: Record<string, Date> = {};
    for (const { "x-expiry": expiry } of Object.values(form.properties)) {
      if (expiry && !values[expiry.field]) assumedExpiry[expiry.field] = new Date(Date.now() + expiry.default_days * 86_400_000);
    }
    return {
      cleaned,
      unfolded,
      marksOptional: true,
      assumedExpiry,
      stored: new Set((session.secrets_set ?? []).filter((name) => !form.required?.includes(name))),
      onCleaned: (name, noise) => setCleaned((before) => ({ ...before, [name]: noise })),
      onLeave: (name, left) => {
        const wrong = findMistake(form, name, { ...values, [name]: left }, text);
        if (wrong) setMistakes((before) => ({ ...before, [name]: wrong }));
      },
      fold: (name, open) => {
        setUnfolded((before) => new Set(open ? [...before, name] : [...before].filter((other) => other !== name)));
        setFocused(name);
      },
      gains: (field) =>
        (field["x-enables"] ?? []).flatMap((name) => {
          const summary = session.connector.capabilities?.find((one) => one.name === name)?.summary;
          return capabilityGain(name, summary, text) ?? [];
        }),
      before: (_name, field) =>
        session.webhook_url && receivesWebhooks(field["x-enables"]) ? <WebhookUrl url={session.webhook_url} /> : null,
      help: (name) => <FieldGuide session={session} form={form} name={name} />,
    };
  }, [cleaned, unfolded, form, values, session, text, setMistakes]);

  const resumed = Object.keys({ ...session.draft?.credentials, ...session.draft?.settings }).length > 0 && !renewing;
  return (
    <div className="beside">
      <section className="card main-card" onFocus={(event) => setFocused(fieldAround(event.target) ?? focused)}>
        <StepHeading focus={!arriving && attempt > 0 && Object.keys(mistakes).length === 0}>
          {text(renewing ? "page.title_reauth" : "page.title", { connector: session.connector.name, channel: session.channel.name })}
        </StepHeading>
        {renewing ? <p className="lead">{text("page.renew_text")}</p> : form.description && <p className="lead">{form.description}</p>}
        <ul className="facts">
          {renewing && session.store && (
            <li>
              <Icon name="store" />
              {session.store.name} · {session.store.host}
            </li>
          )}
          {(renewing || session.connector.estimated_minutes) && (
            <li>
              <Icon name="clock" />
              {renewing ? text("page.minutes_reauth") : text("page.minutes", { count: session.connector.estimated_minutes ?? 5 })}
            </li>
          )}
          <li>
            <Icon name="clock" />
            {text("page.valid_until", { moment: moment(session.expires_at, language) })}
          </li>
          <li>
            <Icon name="lock" />
            {text("page.secrets_sealed")}
          </li>
        </ul>
        {resumed && attempt === 0 && (
          <Notice tone="info" role="status">
            <p>{text(session.state === "checked" ? "page.resumed_checked" : "page.resumed")}</p>
          </Notice>
        )}
        {run.problem && run.problem.errors.length === 0 && <ProblemNotice problem={run.problem} toMerchant />}
        <ErrorSummary mistakes={mistakes} form={form} attempt={attempt} quiet={arriving} onGoTo={onGoTo} />
        <SurroundingsProvider value={surroundings}>
          <SchemaForm id={CREDENTIALS} schema={form} values={values} mistakes={mistakes} onChange={flow.edit} onSubmit={() => void flow.check()}>
            <div className="actions">
              <button type="submit" className="button primary">
                {text(renewing ? "action.renew" : "action.connect")}
                <Icon name="arrow" />
              </button>
              <span className="small-text">{text("action.connect_note")}</span>
            </div>
          </SchemaForm>
        </SurroundingsProvider>
      </section>
      <GuidePanel session={session} form={form} name={focused} />
    </div>
  );
}

function fieldAround(element: Element): string | undefined {
  return element.closest<HTMLElement>("[data-field]")?.dataset.field;
}

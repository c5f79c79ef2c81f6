// Step 3: choices found in the store, and what will work, before anything is stored.
import { useMemo, useState } from "react";
import type { Session, SessionApi } from "../api/session";
import { ErrorSummary } from "../connect/ErrorSummary";
import type { FlowState } from "../connect/use_flow";
import { inputOf, SchemaForm } from "../form/SchemaForm";
import { PLAIN_SURROUNDINGS, SurroundingsProvider } from "../form/surroundings";
import { receivesWebhooks } from "../connect/steps";
import { WebhookWaiting } from "../guide/WebhookWaiting";
import { CapabilityList } from "../parts/CapabilityList";
import { Icon } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { StepHeading } from "../parts/StepHeading";
import { choicesForm, visibleForm } from "../schema/compose";
import type { Values } from "../schema/profile";
import { findMistakes, type Mistakes } from "../schema/validator";
import { useText } from "../text/text";
import { Expiries } from "./Expiries";
import { Lacking } from "./Lacking";

const MAIN = "choices";
const MORE = "more";

export function ChoicesStep({ api, session, flow }: { api: SessionApi; session: Session; flow: FlowState }) {
  const text = useText();
  const { forms, run, values: given } = flow;
  const result = run.result;
  const { main, more } = useMemo(
    () => choicesForm(forms.credentials, forms.settings, result?.choices ?? {}),
    [forms, result],
  );
  const [values, setValues] = useState<Values>(() => ({ ...result?.settings, ...flow.values }));
  const [mistakes, setMistakes] = useState<Mistakes>({});
  const [attempt, setAttempt] = useState(0);
  const [unfolded, setUnfolded] = useState(false);
  const whole = { ...main, properties: { ...main.properties, ...more.properties }, required: [...(main.required ?? []), ...(more.required ?? [])] };
  const all = visibleForm(whole, values);

  const edit = (next: Values) => {
    setMistakes((old) => Object.fromEntries(Object.entries(old).filter(([name]) => !(name in next) || values[name] === next[name])));
    setValues((before) => ({ ...before, ...next }));
    // Into the draft as well: a page that is loaded again loses no choice.
    flow.edit({ ...given, ...next });
  };
  const editOf = (names: string[]) => (next: Values) => edit(Object.fromEntries(names.map((name) => [name, next[name]])));
  const refuse = (found: Mistakes) => {
    setMistakes(found);
    setAttempt((count) => count + 1);
    if (Object.keys(found).some((name) => name in more.properties)) setUnfolded(true);
  };
  const confirm = async () => {
    const found = findMistakes(all, values, text);
    if (Object.keys(found).length > 0) return refuse(found);
    const refused = await flow.confirm(values, Object.keys(all.properties), result?.duplicate !== undefined);
    if (Object.keys(refused).length > 0) refuse(refused);
  };
  const goTo = (name: string) => (inputOf(MAIN, name) ?? inputOf(MORE, name))?.focus();

  const awaitsWebhook = Object.entries(forms.credentials.properties).some(
    ([name, field]) => receivesWebhooks(field["x-enables"]) && (given[name] !== undefined || session.secrets_set?.includes(name)),
  );
  const action = result?.duplicate ? "action.confirm_replace" : session.mode === "reauth" ? "action.confirm_renew" : "action.confirm";
  const moreNames = Object.keys(more.properties);
  return (
    <div className="beside even">
      <section className="card main-card">
        <StepHeading focus>{text("choices.title", { channel: session.channel.name })}</StepHeading>
        <p className="lead">{foundText(result?.store, text)}</p>
        {flow.problem && <ProblemNotice problem={flow.problem} toMerchant />}
        <ErrorSummary mistakes={mistakes} form={all} attempt={attempt} quiet={false} onGoTo={goTo} />
        {result?.duplicate && (
          <Notice tone="warn" role="status" title={text("choices.duplicate")}>
            <p>{text("choices.duplicate_text", { label: result.duplicate.label })}</p>
          </Notice>
        )}
        <SurroundingsProvider value={PLAIN_SURROUNDINGS}>
          <SchemaForm id={MAIN} schema={main} values={values} mistakes={mistakes} onChange={editOf(Object.keys(main.properties))} onSubmit={() => void confirm()}>
            <></>
          </SchemaForm>
          {moreNames.length > 0 && (
            <details className="fold more" open={unfolded} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
              <summary>{text("choices.more")}</summary>
              <SchemaForm id={MORE} schema={more} values={values} mistakes={mistakes} onChange={editOf(moreNames)} onSubmit={() => void confirm()}>
                <></>
              </SchemaForm>
            </details>
          )}
        </SurroundingsProvider>
        {Object.keys(all.properties).length === 0 && <p>{text("choices.none")}</p>}
        <div className="actions">
          <button type="button" className="button primary" disabled={flow.busy} onClick={() => void confirm()}>
            {text(flow.busy ? "action.working" : action)}
            <Icon name="arrow" />
          </button>
          <button type="button" className="button quiet" onClick={() => flow.setStep("checks")}>
            {text("action.back")}
          </button>
        </div>
      </section>
      <div className="stack">
        {result && <CapabilityList states={result.capabilities ?? []} />}
        {result && <Expiries result={result} form={forms.credentials} />}
        {result && <Lacking result={result} />}
        {awaitsWebhook && session.webhook_url && <WebhookWaiting api={api} url={session.webhook_url} />}
      </div>
    </div>
  );
}

function foundText(store: { host: string; name: string } | undefined, text: ReturnType<typeof useText>): string {
  if (!store) return text("choices.found_plain");
  return store.name ? text("choices.found", { store: store.name, host: store.host }) : text("choices.found_host", { host: store.host });
}


// Step 2: the checks as they end, then what they mean.
import { useLayoutEffect, useRef } from "react";
import { fieldOf } from "../api/problem";
import type { Check } from "../api/session";
import type { FlowState } from "../connect/use_flow";
import { CheckRow, statusKey } from "../parts/CheckRow";
import { Icon } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { StepHeading } from "../parts/StepHeading";
import { titleOf, type FormSchema } from "../schema/profile";
import { counted, useText, type TextKey } from "../text/text";

export function ChecksStep({ flow, onGoTo }: { flow: FlowState; onGoTo: (name: string) => void }) {
  const text = useText();
  const { run, forms, setStep } = flow;
  const { checks, running, result, problem } = run;
  // Afterwards only what matters stays open: what went wrong, or everything that went well.
  const folds = (status: string) => !running && (status === "skip" || (status === "pass" && !result?.ok));
  const listed = checks.filter(({ status }) => !folds(status));
  const passed = checks.filter(({ status }) => status === "pass" && folds(status));
  const skipped = checks.filter(({ status }) => status === "skip" && folds(status));
  const last = checks.at(-1);
  const continueButton = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (result?.ok) continueButton.current?.focus();
  }, [result]);
  return (
    <section className="card main-card narrow" aria-busy={running}>
      <StepHeading focus>{text(titleKey(run))}</StepHeading>
      <p className="lead">{lead(run, text)}</p>
      {problem && <ProblemNotice problem={problem} toMerchant />}
      {result && !result.ok && <Failures checks={checks} form={forms.asked} onGoTo={onGoTo} />}
      <p className="sr-only" role="status">
        {running && last ? text("checks.announce", { status: text(statusKey(last)), title: last.title }) : ""}
      </p>
      <ol className="checks">
        {listed.map((check) => (
          <CheckRow key={check.id} check={check} form={forms.asked} onGoTo={running ? undefined : onGoTo} />
        ))}
        {running && (
          <li className="check-row running">
            <span className="spinner" aria-hidden="true" />
            <span>{text("checks.running")}</span>
          </li>
        )}
      </ol>
      <Folded title={counted(text, "checks.passed", passed.length)} checks={passed} form={forms.asked} />
      <Folded title={counted(text, "checks.skipped", skipped.length)} checks={skipped} form={forms.asked} />
      <div className="actions">
        {running ? (
          <button type="button" className="button" onClick={flow.stopCheck}>
            {text("checks.stop")}
          </button>
        ) : result?.ok ? (
          <>
            <button ref={continueButton} type="button" className="button primary" onClick={() => setStep("choices")}>
              {text("action.continue")}
              <Icon name="arrow" />
            </button>
            <button type="button" className="button quiet" onClick={() => setStep("credentials")}>
              {text("action.change")}
            </button>
          </>
        ) : (
          <>
            <button type="button" className="button primary" onClick={() => setStep("credentials")}>
              {text("action.change")}
            </button>
            <button type="button" className="button" onClick={() => void flow.check()}>
              {text("action.check_again")}
            </button>
          </>
        )}
      </div>
    </section>
  );
}

function Folded({ title, checks, form }: { title: string; checks: Check[]; form: FormSchema }) {
  if (checks.length === 0) return null;
  return (
    <details className="fold">
      <summary>{title}</summary>
      <ol className="checks">
        {checks.map((check) => (
          <CheckRow key={check.id} check={check} form={form} />
        ))}
      </ol>
    </details>
  );
}

/** What failed, said first and with the focus; each entry leads to its field. */
function Failures({ checks, form, onGoTo }: { checks: Check[]; form: FormSchema; onGoTo: (name: string) => void }) {
  const text = useText();
  const summary = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => summary.current?.focus(), []);
  const failed = checks.filter(({ status }) => status === "fail");
  const title = counted(text, "error.summary", failed.length);
  return (
    <Notice tone="bad" role="alert" title={title} ref={summary}>
      <ul>
        {failed.map((check) => {
          const name = fieldOf(check.pointer);
          const field = name ? form.properties[name] : undefined;
          return (
            <li key={check.id}>
              {name && field ? (
                <button type="button" className="link" onClick={() => onGoTo(name)}>
                  {titleOf(name, field)}: {check.message}
                </button>
              ) : (
                `${check.title}: ${check.message}`
              )}
            </li>
          );
        })}
      </ul>
    </Notice>
  );
}

function titleKey({ running, result, checks }: FlowState["run"]): TextKey {
  if (running) return "checks.title";
  if (!result?.ok) return "checks.title_fail";
  return checks.some(({ status }) => status === "warn") ? "checks.title_warn" : "checks.title_ok";
}

function lead({ running, result, checks }: FlowState["run"], text: ReturnType<typeof useText>): string {
  if (running) return text("checks.lead");
  if (!result?.ok) return text("checks.lead_fail");
  return counted(text, "checks.lead_ok", checks.filter(({ status }) => status === "pass").length);
}

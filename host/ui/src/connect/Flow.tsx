// The steps inside their frame: one is shown at a time, the focus moves to its heading.
import { useLayoutEffect, useState, type ReactNode } from "react";
import type { Session, SessionApi } from "../api/session";
import { ChecksStep } from "../checks/ChecksStep";
import { ChoicesStep } from "../choices/ChoicesStep";
import { inputOf } from "../form/SchemaForm";
import { CancelDialog } from "./CancelDialog";
import { CredentialsStep } from "./CredentialsStep";
import { DoneStep } from "./DoneStep";
import type { Ending } from "./EndedPage";
import { Frame } from "./Frame";
import { CREDENTIALS } from "./steps";
import { useDraft } from "./use_draft";
import { useFlow } from "./use_flow";

interface FlowProps {
  api: SessionApi;
  session: Session;
  onEnded: (ending: Ending) => void;
  footer: ReactNode;
}

export function Flow({ api, session, onEnded, footer }: FlowProps) {
  const flow = useFlow(api, session, onEnded);
  const { step, setStep } = flow;
  const [cancelling, setCancelling] = useState(false);
  const [goTo, setGoTo] = useState<string>();
  useDraft(api, flow, step === "credentials" || step === "choices");

  // The focus goes to the field that was asked for, else to the heading of a step that was just entered.
  useLayoutEffect(() => {
    if (step !== "credentials" || !goTo) return;
    inputOf(CREDENTIALS, goTo)?.focus();
    setGoTo(undefined);
  }, [step, goTo]);

  return (
    <Frame session={session} step={step} onCancel={step === "done" ? undefined : () => setCancelling(true)} footer={footer}>
      {step === "credentials" && <CredentialsStep session={session} flow={flow} onGoTo={setGoTo} arriving={goTo !== undefined} />}
      {step === "checks" && (
        <ChecksStep
          flow={flow}
          onGoTo={(name) => {
            setGoTo(name);
            setStep("credentials");
          }}
        />
      )}
      {step === "choices" && <ChoicesStep api={api} session={session} flow={flow} />}
      {step === "done" && <DoneStep session={session} result={flow.run.result} redirect={flow.redirect ?? "/"} />}
      {cancelling && <CancelDialog api={api} channel={session.channel.name} onClose={() => setCancelling(false)} onProblem={flow.report} />}
    </Frame>
  );
}

// What surrounds every step: channel and connector, test mode, progress, cancel, language.
import type { ReactNode } from "react";
import type { Session } from "../api/session";
import { useText } from "../text/text";
import { StepBar } from "./StepBar";
import type { Step } from "./use_flow";

interface FrameProps {
  session: Session;
  step: Step;
  onCancel?: () => void;
  footer: ReactNode;
  children: ReactNode;
}

export function Frame({ session, step, onCancel, footer, children }: FrameProps) {
  const text = useText();
  const { channel, environment } = session;
  return (
    <div className="page">
      <header>
        {environment === "test" && (
          <p className="test-banner">
            <strong>{text("page.test")}</strong> <span>{text("page.test_text")}</span>
          </p>
        )}
        <div className="page-head">
          <div className="channel">
            {channel.logo_url && /^(https:|data:image\/)/u.test(channel.logo_url) && <img src={channel.logo_url} alt="" width="36" height="36" />}
            <span>{channel.name}</span>
          </div>
          {onCancel && (
            <button type="button" className="button quiet" onClick={onCancel}>
              {text("page.cancel")}
            </button>
          )}
        </div>
      </header>
      <StepBar step={step} />
      <main>{children}</main>
      <footer className="page-foot">{footer}</footer>
    </div>
  );
}

// Step 4: what was connected, then back to the channel: by itself after three seconds unless the merchant stays.
import { useEffect, useState } from "react";
import type { CheckResult, Session } from "../api/session";
import { Icon } from "../parts/Icon";
import { StepHeading } from "../parts/StepHeading";
import { useText } from "../text/text";
import { goTo } from "./redirect";

const SECONDS = 3;

interface DoneStepProps {
  session: Session;
  result?: CheckResult;
  redirect: string;
}

export function DoneStep({ session, result, redirect }: DoneStepProps) {
  const text = useText();
  const [left, setLeft] = useState<number | undefined>(SECONDS);
  const renewed = session.mode === "reauth";
  const channel = session.channel.name;
  const found = result?.store ?? session.store;
  const store = found?.name || found?.host || text("done.store");
  useEffect(() => {
    if (left === undefined) return;
    if (left === 0) {
      goTo(redirect);
      return;
    }
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left, redirect]);
  return (
    <section className="card done">
      <span className="done-mark">
        <Icon name="check" />
      </span>
      <StepHeading focus>{text(renewed ? "done.title_renew" : "done.title", { connector: session.connector.name })}</StepHeading>
      <p className="lead">{text(renewed ? "done.text_renew" : "done.text", { store, channel })}</p>
      <div className="actions centred">
        <button type="button" className="button primary" onClick={() => goTo(redirect)}>
          {text("done.return", { channel })}
          <Icon name="arrow" />
        </button>
        {left !== undefined && (
          <button type="button" className="button quiet" onClick={() => setLeft(undefined)}>
            {text("done.stay")}
          </button>
        )}
      </div>
      <p className="small-text" role="status">
        {left === undefined ? text("done.stayed", { channel }) : text("done.seconds", { count: SECONDS })}
      </p>
    </section>
  );
}

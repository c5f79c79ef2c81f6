// Waits for the store's first event, without holding anyone up.
import { useEffect, useState } from "react";
import type { SessionApi } from "../api/session";
import { Icon } from "../parts/Icon";
import { useText } from "../text/text";
import { WebhookUrl } from "./WebhookUrl";

const EVERY_MS = 5000;

export function WebhookWaiting({ api, url }: { api: SessionApi; url: string }) {
  const text = useText();
  const [received, setReceived] = useState(false);
  useEffect(() => {
    if (received) return;
    // An unanswered question is asked again; the panel promises nothing else.
    const ask = () => api.webhook().then((answer) => setReceived(answer.received), () => undefined);
    void ask();
    const timer = setInterval(() => void ask(), EVERY_MS);
    return () => clearInterval(timer);
  }, [api, received]);
  return (
    <section className="panel" aria-labelledby="webhook-waiting">
      <div className="panel-head" role="status">
        {received ? <Icon name="check" className="good" /> : <span className="pulse" aria-hidden="true" />}
        <div>
          <h2 id="webhook-waiting">{text(received ? "webhook.received" : "webhook.waiting")}</h2>
          <p>{text(received ? "webhook.received_text" : "webhook.waiting_text")}</p>
        </div>
      </div>
      {!received && <WebhookUrl url={url} />}
    </section>
  );
}

// This connection's webhook address: it is copied into the store before the secret is asked.
import { CopyButton } from "../parts/CopyButton";
import { useText } from "../text/text";

export function WebhookUrl({ url }: { url: string }) {
  const text = useText();
  return (
    <div className="webhook-url">
      <p className="label">{text("webhook.url")}</p>
      <div>
        <code>{url}</code>
        <CopyButton value={url} what={text("webhook.url")} />
      </div>
    </div>
  );
}

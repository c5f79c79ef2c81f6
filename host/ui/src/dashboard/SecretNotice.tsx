// A secret that is shown this once.
import { CopyButton } from "../parts/CopyButton";
import { Notice } from "../parts/Notice";

export function SecretNotice({ secret, title, children }: { secret: string; title: string; children?: string }) {
  return (
    <Notice tone="info" role="status" title={title}>
      <p>{children ?? "It signs every event."} It is shown this once: keep it where the endpoint verifies with it.</p>
      <p><code>{secret}</code></p>
      <CopyButton value={secret} what="the secret" />
    </Notice>
  );
}

// What helps with one field: its own text and pictures, the permissions for the main secret, the webhook's set-up.
import type { Session } from "../api/session";
import { Markdown } from "../parts/Markdown";
import { OutsideLink } from "../parts/OutsideLink";
import { translationFor } from "../schema/localize";
import { isSecret, type FormSchema } from "../schema/profile";
import { useLanguage, useText } from "../text/text";
import { PermissionList } from "./PermissionList";
import { WebhookSetup } from "./WebhookSetup";

export function FieldHelp({ session, form, name }: { session: Session; form: FormSchema; name: string }) {
  const text = useText();
  const language = useLanguage();
  const field = form.properties[name];
  if (!field) return null;
  const help = field["x-help"];
  const { permissions = [], webhook_setup: setup } = session.connector;
  const isMainSecret = name === Object.keys(form.properties).find((one) => isSecret(form.properties[one]) && form.required?.includes(one));
  const setsUpWebhook = setup && field["x-enables"]?.some((capability) => capability.startsWith("webhooks"));
  // The manifest's steps are in the connector's own language: a translated help says the same in the merchant's.
  const translated = translationFor(field["x-i18n"], language)?.help;
  return (
    <>
      {setsUpWebhook ? <WebhookSetup setup={setup} steps={translated} /> : <Markdown source={help?.markdown ?? field.description ?? ""} />}
      {help?.images?.map(({ src, alt }) => src.startsWith("https://") && <img key={src} src={src} alt={alt} className="guide-picture" />)}
      {isMainSecret && permissions.length > 0 && <PermissionList permissions={permissions} />}
      {help?.url && !setsUpWebhook && (
        <p>
          <OutsideLink href={help.url}>{text("guide.more")}</OutsideLink>
        </p>
      )}
    </>
  );
}

// The permissions to select, by the platform's names, ready to copy.
import type { Permission } from "../api/session";
import { CopyButton } from "../parts/CopyButton";
import { translationFor } from "../schema/localize";
import { useLanguage, useText } from "../text/text";

export function PermissionList({ permissions }: { permissions: Permission[] }) {
  const text = useText();
  const needed = permissions.filter(({ required }) => required);
  const useful = permissions.filter(({ required }) => !required);
  const title = text("permissions.title");
  return (
    <section className="guide-block" aria-label={title}>
      <div className="guide-block-head">
        <h3>{title}</h3>
        <CopyButton value={permissions.map(({ name }) => name).join("\n")} what={title} label={text("permissions.copy")} />
      </div>
      <p className="small-text">{text("permissions.note")}</p>
      {needed.length > 0 && <Group title={text("permissions.required", { count: needed.length })} permissions={needed} open />}
      {useful.length > 0 && <Group title={text("permissions.optional", { count: useful.length })} permissions={useful} />}
    </section>
  );
}

function Group({ title, permissions, open }: { title: string; permissions: Permission[]; open?: boolean }) {
  const language = useLanguage();
  return (
    <details open={open}>
      <summary>{title}</summary>
      <dl className="permissions">
        {permissions.map(({ name, used_for, translations }) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{translationFor(translations, language) ?? used_for}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

// One field: label, description, input, what was cleaned, what is wrong. Optional fields that unlock something are folded.
import type { FieldTemplateProps } from "@rjsf/utils";
import { Icon } from "../parts/Icon";
import { titleOf, type FieldSchema } from "../schema/profile";
import { longDay, useLanguage, useText } from "../text/text";
import { CleanedNote } from "./CleanedNote";
import { OptionalCard } from "./OptionalCard";
import { useSurroundings } from "./surroundings";

function exampleOf(field: FieldSchema) {
  return field.oneOf || field.enum ? undefined : field.examples?.[0];
}

/** The ids of the texts that describe an input. */
export function describedBy(id: string, schema: FieldSchema, wrong: boolean): string {
  const parts = [schema.description || exampleOf(schema) !== undefined ? `${id}__text` : "", `${id}__note`, wrong ? `${id}__wrong` : ""];
  return parts.filter(Boolean).join(" ");
}

export function FieldBox(props: FieldTemplateProps) {
  const { id, schema, required, rawErrors = [], children, hidden, formData } = props;
  const text = useText();
  const surroundings = useSurroundings();
  // The root object and fields inside lists are drawn by their own templates.
  if (hidden || schema.type === "object") return <>{children}</>;
  const field = schema as unknown as FieldSchema;
  const name = nameOf(id);
  const title = titleOf(name, field);
  const body = (
    <>
      {surroundings.before(name, field)}
      {field.type !== "boolean" && (
        <label htmlFor={id}>
          {title} {!required && surroundings.marksOptional && <span className="optional">({text("field.optional")})</span>}
        </label>
      )}
      {children}
      <Describe id={id} name={name} field={field} />
      {rawErrors.length > 0 && (
        <p className="field-wrong" id={`${id}__wrong`}>
          <Icon name="warn" />
          <span>{rawErrors.join(" ")}</span>
        </p>
      )}
      {surroundings.help(name)}
    </>
  );
  // A choice says in its list what leaving it out means.
  const folds = !required && field.oneOf === undefined && (field["x-enables"] !== undefined || field["x-without"] !== undefined);
  const state = rawErrors.length > 0 ? "wrong" : "";
  return (
    <div className={`field ${state} ${folds ? "folding" : ""}`} data-field={name}>
      {folds ? (
        <OptionalCard name={name} field={field} filled={formData !== undefined} wrong={rawErrors.length > 0}>
          {body}
        </OptionalCard>
      ) : (
        body
      )}
    </div>
  );
}

function Describe({ id, name, field }: { id: string; name: string; field: FieldSchema }) {
  const text = useText();
  const language = useLanguage();
  const { cleaned, stored, assumedExpiry } = useSurroundings();
  const example = exampleOf(field);
  const assumed = assumedExpiry[name];
  return (
    <>
      {(field.description || example !== undefined) && (
        <p className="field-text" id={`${id}__text`}>
          {field.description} {example !== undefined && text("field.example", { value: String(example) })}
        </p>
      )}
      <div id={`${id}__note`} aria-live="polite">
        {stored.has(name) && <p className="field-text">{text("field.stored")}</p>}
        {assumed && <p className="field-text">{text("field.assumed_expiry", { day: longDay(assumed, language) })}</p>}
        <CleanedNote noise={cleaned[name]} />
      </div>
    </>
  );
}

/** `credentials_store_url` → `store_url`: ids are the form's prefix, one underscore, the field's name. */
export function nameOf(id: string): string {
  return id.slice(id.indexOf("_") + 1);
}

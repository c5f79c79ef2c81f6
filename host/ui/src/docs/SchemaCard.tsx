// One named schema, and types as links to schemas.
import { Fragment } from "react";
import { inline } from "../parts/Markdown";
import { nameOf, typeText, type Schema } from "./document";

export function SchemaCard({ name, schema }: { name: string; schema: Schema }) {
  const properties = Object.entries(schema.properties ?? {});
  const choices = schema.oneOf ?? schema.anyOf ?? [];
  return (
    <article className="operation" aria-labelledby={`schema-${name}`}>
      <h3 id={`schema-${name}`}>{name}</h3>
      <p>{inline(schema.description ?? "")}</p>
      {properties.length === 0 && choices.length === 0 && <p><TypeText schema={schema} /></p>}
      {choices.length > 0 && <ul>{choices.map((choice, index) => <li key={index}><Choice schema={choice} /></li>)}</ul>}
      {properties.length > 0 && (
        <dl>
          {properties.map(([field, inner]) => (
            <div key={field}>
              <dt><code>{field}</code>{schema.required?.includes(field) && <span className="small-text"> always</span>}</dt>
              <dd><TypeText schema={inner} />. {inline(inner.description ?? "")}</dd>
            </div>
          ))}
        </dl>
      )}
    </article>
  );
}

/** A choice: a type, with the fields it has when it is an object of its own. */
function Choice({ schema }: { schema: Schema }) {
  const fields = Object.entries(schema.properties ?? {});
  return (
    <>
      {fields.length > 0 ? fields.map(([name, inner], index) => <Fragment key={name}>{index > 0 && ", "}<code>{name}</code> <TypeText schema={inner} /></Fragment>) : <TypeText schema={schema} />}
      {schema.description && <>: {inline(schema.description)}</>}
    </>
  );
}

export function TypeText({ schema }: { schema: Schema }) {
  const names = [schema, schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((one) => (one?.$ref ? [nameOf(one.$ref)] : []));
  const text = typeText(schema);
  if (names.length !== 1) return <code>{text}</code>;
  const [before, after] = text.split(names[0]!, 2);
  return <code>{before}<a href={`#schema-${names[0]}`}>{names[0]}</a>{after}</code>;
}

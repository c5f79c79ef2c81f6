// Which fields stand in which step: the forms of the page, derived from the connector's two schemas.
import { isSecret, type FieldSchema, type FormSchema, type Values } from "./profile";
import type { Choice } from "../api/session";

/** Settings that hold a secret's expiry date: they are asked beside the secret. */
function expirySettings(credentials: FormSchema): string[] {
  return Object.values(credentials.properties).flatMap((field) => field["x-expiry"]?.field ?? []);
}

/**
 * Step 1: credentials, each followed by its expiry date and by the settings of `pulledIn` that share its group (a check may
 * blame a setting). When a connection is renewed only secrets are asked.
 */
export function credentialsForm(
  credentials: FormSchema,
  settings: FormSchema,
  options: { onlySecrets: boolean; pulledIn: string[] },
): FormSchema {
  const properties: Record<string, FieldSchema> = {};
  const beside = [...expirySettings(credentials), ...options.pulledIn];
  const placed = new Set<string>();
  const place = (name: string) => {
    const field = settings.properties[name];
    if (!field || placed.has(name)) return;
    placed.add(name);
    properties[name] = field;
  };
  for (const [name, field] of Object.entries(credentials.properties)) {
    if (options.onlySecrets && !isSecret(field)) continue;
    properties[name] = field;
    if (field["x-expiry"]) place(field["x-expiry"].field);
    const group = field["x-group"];
    for (const other of beside) {
      if (group && settings.properties[other]?.["x-group"] === group) place(other);
    }
  }
  beside.forEach(place);
  return {
    ...credentials,
    properties,
    required: (credentials.required ?? []).filter((name) => name in properties),
  };
}

/** Step 3: the other settings, those with discovered values as lists. */
export function choicesForm(
  credentials: FormSchema,
  settings: FormSchema,
  choices: Record<string, Choice[]>,
): { main: FormSchema; more: FormSchema } {
  const beside = new Set(expirySettings(credentials));
  const rest = Object.entries(settings.properties).filter(([name]) => !beside.has(name));
  const isMain = (name: string) => name in choices || (settings.required ?? []).includes(name);
  const form = (entries: [string, FieldSchema][]): FormSchema => ({
    ...settings,
    properties: Object.fromEntries(entries.map(([name, field]) => [name, withChoices(field, choices[name])])),
    required: (settings.required ?? []).filter((name) => entries.some(([other]) => other === name)),
  });
  const main = rest.filter(([name]) => isMain(name));
  const more = rest.filter(([name]) => !isMain(name));
  return main.length > 0 ? { main: form(main), more: form(more) } : { main: form(more), more: form([]) };
}

function withChoices(field: FieldSchema, choices: Choice[] | undefined): FieldSchema {
  if (!choices?.length) return field;
  return { ...field, oneOf: choices.map(({ value, label }) => ({ const: value, title: label })) };
}

/** The form without fields whose `x-visible-when` does not hold; a field nobody touched counts with its default. */
export function visibleForm(form: FormSchema, values: Values): FormSchema {
  const shown = Object.entries(form.properties).filter(([, field]) => {
    const condition = field["x-visible-when"];
    if (!condition) return true;
    const value = values[condition.field] ?? form.properties[condition.field]?.default;
    return value !== undefined && [condition.equals].flat().includes(value);
  });
  const names = new Set(shown.map(([name]) => name));
  return { ...form, properties: Object.fromEntries(shown), required: form.required?.filter((name) => names.has(name)) };
}

/** The values that belong to a schema, blank ones left out. */
export function valuesOf(form: FormSchema, values: Values): Values {
  return Object.fromEntries(
    Object.keys(form.properties)
      .filter((name) => values[name] !== undefined && values[name] !== "")
      .map((name) => [name, values[name]]),
  );
}

/** The values that may be kept in a draft: no secret. */
export function withoutSecrets(form: FormSchema, values: Values): Values {
  return Object.fromEntries(Object.entries(valuesOf(form, values)).filter(([name]) => !isSecret(form.properties[name])));
}

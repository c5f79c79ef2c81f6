// A form in the merchant's language: `x-i18n` laid over the plugin's own texts.
import type { FieldSchema, FormSchema, Translation } from "./profile";

export function localizeForm(form: FormSchema, locale: string): FormSchema {
  const properties = Object.entries(form.properties)
    .sort(([, a], [, b]) => (a["x-order"] ?? 1000) - (b["x-order"] ?? 1000))
    .map(([name, field]) => [name, localizeField(field, locale)] as const);
  const said = translationFor(form["x-i18n"], locale);
  return {
    ...form,
    title: said?.title ?? form.title,
    description: said?.description ?? form.description,
    properties: Object.fromEntries(properties),
  };
}

function localizeField(field: FieldSchema, locale: string): FieldSchema {
  const said = translationFor(field["x-i18n"], locale);
  if (!said) return field;
  const help = field["x-help"];
  return {
    ...field,
    title: said.title ?? field.title,
    description: said.description ?? field.description,
    "x-without": said.without ?? field["x-without"],
    "x-pattern-message": said.pattern_message ?? field["x-pattern-message"],
    "x-enum-labels": said.enum_labels ? { ...field["x-enum-labels"], ...said.enum_labels } : field["x-enum-labels"],
    "x-help": help && said.help ? { ...help, markdown: said.help } : help,
  };
}

export function translationFor(all: Record<string, Translation> | undefined, locale: string): Translation | undefined {
  return all?.[locale] ?? all?.[locale.split("-")[0] ?? locale];
}

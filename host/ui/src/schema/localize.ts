// A form in the merchant's language: `x-i18n` laid over the plugin's own texts.
import type { Check, CheckResult } from "../api/session";
import type { FieldSchema, FormSchema } from "./profile";

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

/** What a connector said in another language: its checks, its reasons, what a permission is for. */
export function localizeCheck({ translations, ...check }: Check, locale: string): Check {
  return { ...check, ...translationFor(translations, locale) };
}

export function localizeReasons(result: CheckResult, locale: string): CheckResult {
  const said = translationFor(result.reason_translations, locale);
  if (!said) return result;
  return { ...result, capabilities: result.capabilities?.map((state) => ({ ...state, reason: said[state.name] ?? state.reason })) };
}

export function translationFor<Said>(all: Record<string, Said> | undefined, locale: string): Said | undefined {
  return all?.[locale] ?? all?.[locale.split("-")[0] ?? locale];
}

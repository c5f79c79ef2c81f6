// Validation in the browser: a courtesy, the host is the authority. No `eval`, so it works under the strict CSP.
import { Validator } from "@cfworker/json-schema";
import type { ErrorSchema, RJSFSchema, ValidatorType } from "@rjsf/utils";
import type { FieldSchema, FormSchema, Values } from "./profile";
import type { Text } from "../text/text";

/** Messages by field name; a field that is right is absent. */
export type Mistakes = Record<string, string[]>;

export function findMistakes(form: FormSchema, values: Values, text: Text): Mistakes {
  const found: Mistakes = {};
  for (const name of form.required ?? []) {
    if (form.properties[name] && isBlank(values[name])) found[name] = [text("error.required")];
  }
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => !isBlank(value)));
  for (const error of new Validator(form as object, "2020-12", false).validate(given).errors) {
    const name = error.instanceLocation.replace(/^#\//u, "");
    const field = form.properties[name];
    if (!field || found[name]) continue;
    const message = explain(field, error.keyword, text);
    if (message) found[name] = [message];
  }
  return found;
}

/** One field as it stands, for a message when the merchant leaves it. */
export function findMistake(form: FormSchema, name: string, values: Values, text: Text): string[] | undefined {
  return isBlank(values[name]) ? undefined : findMistakes(form, values, text)[name];
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function explain(field: FieldSchema, keyword: string, text: Text): string | undefined {
  switch (keyword) {
    case "pattern":
      return field["x-pattern-message"] ?? text("error.pattern");
    case "minLength":
      return text("error.too_short", { count: field.minLength ?? 0 });
    case "maxLength":
      return text("error.too_long", { count: field.maxLength ?? 0 });
    case "format":
      return field.format === "uri" ? text("error.address") : text("error.format");
    case "minimum":
    case "maximum":
    case "type":
    case "enum":
    case "oneOf":
      return text("error.value");
    default:
      return undefined;
  }
}

/** What the form generator asks of a validator. It decides nothing here: messages come from `findMistakes`. */
export const generatorValidator: ValidatorType = {
  validateFormData: () => ({ errors: [], errorSchema: {} as ErrorSchema }),
  isValid: (schema: RJSFSchema, data: unknown) => new Validator(schema as object, "2020-12").validate(data).valid,
  rawValidation: () => ({ errors: [] }),
};

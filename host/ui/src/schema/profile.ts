// The credential profile: JSON Schema 2020-12 as far as forms use it, and its `x-` keywords.

export type Value = string | number | boolean;
export type Values = Record<string, Value | undefined>;

export interface Translation {
  title?: string;
  description?: string;
  help?: string;
  without?: string;
  pattern_message?: string;
  enum_labels?: Record<string, string>;
}

export interface FieldHelp {
  markdown: string;
  url?: string;
  images?: { src: string; alt: string }[];
}

export interface FieldSchema {
  type: "string" | "boolean" | "integer";
  title?: string;
  description?: string;
  examples?: Value[];
  default?: Value;
  enum?: Value[];
  oneOf?: { const: Value; title: string }[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  format?: string;
  writeOnly?: boolean;
  "x-secret"?: boolean;
  "x-order"?: number;
  "x-step"?: number;
  "x-group"?: string;
  "x-help"?: FieldHelp;
  "x-pattern-message"?: string;
  "x-normalize"?: string[];
  "x-enables"?: string[];
  "x-without"?: string;
  "x-enum-labels"?: Record<string, string>;
  "x-expiry"?: { field: string; default_days: number };
  "x-generated"?: { bytes: number; alphabet: string };
  "x-visible-when"?: { field: string; equals: Value | Value[] };
  "x-prefix"?: string;
  "x-suffix"?: string;
  "x-autocomplete"?: string;
  "x-i18n"?: Record<string, Translation>;
}

export interface FormSchema {
  $schema?: string;
  type: "object";
  additionalProperties?: boolean;
  properties: Record<string, FieldSchema>;
  required?: string[];
  title?: string;
  description?: string;
  "x-i18n"?: Record<string, Translation>;
}

export function isSecret(field: FieldSchema | undefined): boolean {
  return field?.["x-secret"] === true || field?.writeOnly === true;
}

export function titleOf(name: string, field: FieldSchema | undefined): string {
  return field?.title ?? name;
}

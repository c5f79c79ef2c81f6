// What the page says of a refusal, by its code, in the merchant's language. A code without a text here keeps the host's text.
import type { FieldProblem, Problem } from "../api/problem";
import type { FieldSchema } from "../schema/profile";
import type { Language, Text, TextKey } from "./text";

const BY_CODE: Record<string, TextKey> = {
  already_connected: "problem.already_connected",
  not_checked: "problem.not_checked",
  other_store: "problem.other_store",
  not_ready: "problem.not_ready",
  not_found: "problem.not_found",
  config_invalid: "problem.values",
  invalid_request: "problem.values",
  body_too_large: "problem.too_large",
  edit_conflict: "problem.conflict",
  address_forbidden: "problem.address_forbidden",
  auth_invalid: "problem.auth",
  auth_expired: "problem.auth",
  auth_revoked: "problem.auth",
  permission_missing: "problem.permission_missing",
};

/** What happened, and what to do. */
export function problemText(problem: Problem, text: Text): string {
  if (problem.code === "unreachable" && problem.status === 0) return text("problem.unreachable");
  if (problem.status === 429) return text("problem.rate_limited");
  if (problem.status >= 500) return text("problem.server");
  const known = BY_CODE[problem.code];
  return known ? text(known) : problem.detail || text("problem.server");
}

/** What is wrong with a field. The host's own words are English and may say more than the code. */
export function fieldProblemText(error: FieldProblem, field: FieldSchema | undefined, text: Text, language: Language): string {
  // The one refusal that only the host finds and that is not worded by the plugin's schema.
  if (error.code === "mask") return text("error.mask");
  if (language === "en") return error.detail;
  switch (error.code) {
    case "required":
      return text("error.required");
    case "pattern":
      return field?.["x-pattern-message"] ?? text("error.pattern");
    case "format":
    case "type":
      return text("error.format");
    case "too_short":
      return field?.minLength ? text("error.too_short", { count: field.minLength }) : error.detail;
    case "too_long":
      return field?.maxLength ? text("error.too_long", { count: field.maxLength }) : error.detail;
    case "not_offered":
      return text("error.value");
    default:
      return error.detail;
  }
}

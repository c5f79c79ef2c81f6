// Errors of the host (RFC 9457), and what happens when it cannot be reached.
import { revealed } from "../text/visible";

export interface FieldProblem {
  pointer: string;
  code: string;
  detail: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: FieldProblem[] = [],
    readonly requestId?: string,
    readonly retryAfter?: number,
  ) {
    super(detail);
  }

  static readonly unreachable = () => new Problem(0, "unreachable", "");

  static async of(response: Response): Promise<Problem> {
    let body: Record<string, unknown> = {};
    try {
      body = JSON.parse(await response.text(), revealed) as Record<string, unknown>;
    } catch {
      // A proxy answered with something else: the status must do.
    }
    return Problem.from(body, response.status, Number(response.headers.get("retry-after")) || undefined);
  }

  static from(body: Record<string, unknown>, status = 500, retryAfter?: number): Problem {
    const said = (key: string) => (typeof body[key] === "string" ? (body[key] as string) : undefined);
    const errors = Array.isArray(body.errors) ? (body.errors as FieldProblem[]) : [];
    const detail = said("detail") ?? said("title") ?? "";
    return new Problem(status, said("code") ?? `http_${status}`, detail, errors, said("request_id"), retryAfter);
  }
}

/** The field a pointer such as `/credentials/store_url` or `/store_url` names. */
export function fieldOf(pointer: string | undefined): string | undefined {
  return pointer?.split("/").pop()?.replaceAll("~1", "/").replaceAll("~0", "~") || undefined;
}

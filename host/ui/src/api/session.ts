// The page's side of a connect session. The token comes from the link's fragment, so it never reaches a server's log.
import type { FormSchema, Value, Values } from "../schema/profile";
import { readEvents } from "./event_stream";
import { Problem } from "./problem";

export interface Capability {
  name: string;
  summary: string;
  needs_fields?: string[];
}

export interface Permission {
  name: string;
  required: boolean;
  used_for: string;
  translations?: Record<string, string>;
}

export interface WebhookSetup {
  steps: string[];
  topics: string[];
  recommended: { name: string; value: string }[];
  docs_url?: string;
}

export interface Connector {
  id: string;
  name: string;
  docs_url?: string;
  estimated_minutes?: number;
  permissions?: Permission[];
  webhook_setup?: WebhookSetup;
  capabilities?: Capability[];
}

export interface Session {
  state: "open" | "checked" | "done" | "cancelled" | "expired";
  mode: "new" | "reauth";
  environment: "live" | "test";
  locale?: string;
  expires_at: string;
  channel: { name: string; logo_url?: string; accent_color?: string };
  connector: Connector;
  credential_schema: FormSchema;
  settings_schema: FormSchema;
  draft?: { credentials?: Values; settings?: Values };
  webhook_url?: string;
  store?: Store;
  secrets_set?: string[];
}

export interface Store {
  host: string;
  name: string;
}

export interface Check {
  id: string;
  title: string;
  status: "pass" | "warn" | "fail" | "skip" | (string & {});
  code?: string;
  pointer?: string;
  message: string;
  fix?: string;
  help_url?: string;
  duration_ms: number;
  translations?: Record<string, { title: string; message: string; fix?: string }>;
}

export interface Choice {
  value: Value;
  label: string;
}

export interface CapabilityState {
  name: string;
  on: boolean;
  degraded?: boolean;
  reason: string;
}

export interface CheckResult {
  ok: boolean;
  cleaned?: Record<string, unknown>;
  settings?: Values;
  choices?: Record<string, Choice[]>;
  capabilities?: CapabilityState[];
  reason_translations?: Record<string, Record<string, string>>;
  permissions_missing?: string[];
  permissions_used?: string[];
  schema_differences?: { kind: string; path: string; effect: string }[];
  store?: Store;
  expiries?: { field: string; expires_at: string; assumed: boolean }[];
  duplicate?: { connection_id: string; label: string };
}

export class SessionApi {
  constructor(private readonly token: string) {}

  session(): Promise<Session> {
    return this.json("GET", "session");
  }

  async saveDraft(credentials: Values, settings: Values): Promise<void> {
    await this.send("PUT", "draft", { credentials, settings });
  }

  /** Runs the checks; `onCheck` is called for each as it ends. */
  async check(
    values: { credentials: Values; settings: Values },
    onCheck: (check: Check) => void,
    signal: AbortSignal,
  ): Promise<CheckResult> {
    const response = await this.send("POST", "check", values, signal);
    if (!response.body) throw Problem.unreachable();
    try {
      for await (const event of readEvents(response.body)) {
        const data = JSON.parse(event.data) as Record<string, unknown>;
        if (event.name === "check") onCheck(data as unknown as Check);
        if (event.name === "result") return data as unknown as CheckResult;
        if (event.name === "problem") throw Problem.from(data, Number(data.status) || 500);
      }
    } catch (error) {
      throw error instanceof Problem ? error : Problem.unreachable();
    }
    throw Problem.unreachable();
  }

  confirm(settings: Record<string, Value | null | undefined>, replace: boolean): Promise<{ redirect_url: string }> {
    return this.json("POST", "confirm", { settings, replace });
  }

  cancel(): Promise<{ redirect_url: string }> {
    return this.json("POST", "cancel", {});
  }

  webhook(): Promise<{ received: boolean; last_at?: string }> {
    return this.json("GET", "webhook");
  }

  private async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    return (await (await this.send(method, path, body)).json()) as T;
  }

  private async send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`/connect/v1/${path}`, {
        method,
        signal,
        headers: { authorization: `Connect ${this.token}`, ...(body ? { "content-type": "application/json" } : {}) },
        body: body ? JSON.stringify(body) : undefined,
        cache: "no-store",
        credentials: "omit",
      });
    } catch {
      throw Problem.unreachable();
    }
    if (!response.ok) throw await Problem.of(response);
    return response;
  }
}

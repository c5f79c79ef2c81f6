// Requests to the host with the sign-in of this browser; what is refused becomes a Problem.
import { revealed } from "../text/visible";
import { Problem } from "./problem";

export function after(cursor?: string): string {
  return cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
}

export async function get<T>(path: string): Promise<T> {
  return answer<T>(send("GET", path));
}

/** The body of an answer. Its texts come from stores and plugins: nothing in them stays unseen. */
export async function answer<T>(response: Promise<Response>): Promise<T> {
  return JSON.parse(await (await response).text(), revealed) as T;
}

export async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
    });
  } catch {
    throw Problem.unreachable();
  }
  if (!response.ok) throw await Problem.of(response);
  return response;
}

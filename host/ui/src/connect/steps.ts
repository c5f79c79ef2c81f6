// What several steps of the flow share.

/** The form of the credentials, by which its fields are found. */
export const CREDENTIALS = "credentials";

export function receivesWebhooks(capabilities: string[] = []): boolean {
  return capabilities.some((name) => name.startsWith("webhooks"));
}

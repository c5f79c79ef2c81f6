// Whether events arrive at an endpoint: an icon and a word, and why not.
import type { Endpoint } from "../api/events";
import { Icon } from "../parts/Icon";
import { timeText } from "./Status";
import { sentence } from "./words";

type Look = { tone: string; icon: "check" | "warn" | "cross" | "clock" | "skip"; word: string };

const isFuture = (at: string | null) => at !== null && Date.parse(at) > Date.now();

function lookOf(endpoint: Endpoint): Look {
  if (!endpoint.enabled) return { tone: "bad", icon: "cross", word: "Disabled" };
  if (isFuture(endpoint.cooldown_until)) return { tone: "warn", icon: "clock", word: "Cooldown" };
  if (endpoint.failures > 0) return { tone: "warn", icon: "warn", word: "Failing" };
  if (!endpoint.last_success_at) return { tone: "", icon: "skip", word: "Nothing sent yet" };
  return { tone: "good", icon: "check", word: "Delivering" };
}

export function EndpointState({ endpoint }: { endpoint: Endpoint }) {
  const { tone, icon, word } = lookOf(endpoint);
  return (
    <span className={`state ${tone}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}

/** Why events do not arrive at the moment, in one sentence. */
export function trouble(endpoint: Endpoint): string | undefined {
  if (!endpoint.enabled) return `${sentence(endpoint.disabled_reason ?? "disabled")} Since ${endpoint.disabled_at ? timeText(endpoint.disabled_at) : "some time"}.`;
  const failed = `${endpoint.failures} ${endpoint.failures === 1 ? "attempt" : "attempts"} in a row failed.`;
  if (isFuture(endpoint.cooldown_until)) return `${failed} Next attempt ${timeText(endpoint.cooldown_until!)}.`;
  return endpoint.failures > 0 ? failed : undefined;
}

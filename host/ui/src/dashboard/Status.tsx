// A connection's state in a word with an icon, and days as operators read them.
import type { Expiry } from "../api/operator";
import { Icon } from "../parts/Icon";
import { longDay } from "../text/text";

const LOOKS: Record<string, { tone: string; icon: "check" | "warn" | "cross" | "skip" | "clock"; word: string }> = {
  active: { tone: "good", icon: "check", word: "Active" },
  degraded: { tone: "warn", icon: "warn", word: "Degraded" },
  failing: { tone: "bad", icon: "cross", word: "Failing" },
  expiring: { tone: "warn", icon: "clock", word: "Expiring" },
  reauth_required: { tone: "bad", icon: "cross", word: "Must be renewed" },
  disconnected: { tone: "", icon: "skip", word: "Disconnected" },
};

export function healthName(status: string): string {
  return LOOKS[status]?.word ?? status.replaceAll("_", " ");
}

export function Status({ status, paused }: { status: string; paused?: boolean }) {
  const look = LOOKS[status] ?? { tone: "", icon: "clock" as const, word: healthName(status) };
  return (
    <span className="states">
      <span className={`state ${look.tone}`}>
        <Icon name={look.icon} />
        {look.word}
      </span>
      {paused && (
        <span className="state">
          <Icon name="skip" />
          Paused
        </span>
      )}
    </span>
  );
}

export function expiryText({ expires_at, assumed }: Expiry): string {
  const days = Math.ceil((Date.parse(expires_at) - Date.now()) / 86_400_000);
  const when = days < 0 ? "expired" : days === 0 ? "today" : `in ${days} days`;
  return `${longDay(expires_at, "en")} (${when}${assumed ? ", assumed" : ""})`;
}

export function timeText(at: string): string {
  if (Number.isNaN(Date.parse(at))) return at;
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
}

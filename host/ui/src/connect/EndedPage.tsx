// A link that cannot be used (any more): what happened and what to do.
import type { ReactNode } from "react";
import type { Problem } from "../api/problem";
import { Icon } from "../parts/Icon";
import { useText } from "../text/text";

export type Ending = "unknown" | "expired" | "used" | "cancelled" | "unreachable" | "fault";

const NEEDS_NEW_LINK = new Set<Ending>(["unknown", "expired", "used", "cancelled"]);

/** The ending a problem means; a problem that may pass is none. */
export function endingOf(problem: Problem): Ending | undefined {
  if (problem.code === "session_expired") return "expired";
  if (problem.code === "session_used" || problem.status === 410) return "used";
  if (problem.status === 401) return "unknown";
  return undefined;
}

interface EndedPageProps {
  ending: Ending;
  channel?: string;
  onRetry: () => void;
  footer: ReactNode;
}

export function EndedPage({ ending, channel, onRetry, footer }: EndedPageProps) {
  const text = useText();
  const icon = ending === "used" ? "check" : ending === "expired" ? "clock" : "warn";
  return (
    <div className="page">
      <main className="ended card">
        <span className="ended-mark">
          <Icon name={icon} />
        </span>
        <h1>{text(`ended.${ending}_title`)}</h1>
        <p>{text(`ended.${ending}_text`)}</p>
        {NEEDS_NEW_LINK.has(ending) && (
          <p>
            <strong>{text("ended.what_to_do")}</strong> {channel ? text("ended.new_link", { channel }) : text("ended.new_link_somewhere")}
          </p>
        )}
        {(ending === "unreachable" || ending === "fault") && (
          <button type="button" className="button primary" onClick={onRetry}>
            {text("problem.try_again")}
          </button>
        )}
      </main>
      <footer className="page-foot">{footer}</footer>
    </div>
  );
}

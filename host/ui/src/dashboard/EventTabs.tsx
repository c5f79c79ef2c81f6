// The pages of events.
import { linkTo } from "./use_place";

export function EventTabs({ here }: { here: "feed" | "endpoints" }) {
  const current = (page: typeof here) => (page === here ? "page" : undefined);
  return (
    <nav className="tabs" aria-label="Events">
      <a href={linkTo("events")} aria-current={current("feed")}>Activity</a>
      <a href={linkTo("events", "endpoints")} aria-current={current("endpoints")}>Endpoints</a>
    </nav>
  );
}

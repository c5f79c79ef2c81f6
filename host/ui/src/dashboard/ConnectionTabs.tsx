// The pages of one connection.
import { linkTo } from "./use_place";

const PAGES = [
  ["", "Overview"],
  ["catalog", "Catalog"],
  ["orders", "Orders"],
  ["webhooks", "Webhooks"],
  ["cart", "Cart"],
] as const;

export function ConnectionTabs({ id, here }: { id: string; here: (typeof PAGES)[number][0] }) {
  return (
    <nav className="tabs" aria-label="Connection">
      {PAGES.map(([page, name]) => (
        <a key={page} href={page ? linkTo("connections", id, page) : linkTo("connections", id)} aria-current={page === here ? "page" : undefined}>{name}</a>
      ))}
    </nav>
  );
}

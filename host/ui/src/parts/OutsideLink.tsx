// A link that leaves the page: new tab, no opener, no referrer, https only.
import type { ReactNode } from "react";
import { useText } from "../text/text";
import { Icon } from "./Icon";

export function OutsideLink({ href, children }: { href: string; children: ReactNode }) {
  const text = useText();
  if (!href.startsWith("https://")) return <>{children}</>;
  return (
    <a className="outside-link" href={href} target="_blank" rel="noopener noreferrer">
      {children}
      <Icon name="outside" />
      <span className="sr-only"> ({text("guide.opens_new")})</span>
    </a>
  );
}

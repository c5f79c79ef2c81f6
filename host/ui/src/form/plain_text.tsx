// Stands in for the Markdown library of RJSF, which this page does not use: text is shown as it is.
import type { ReactNode } from "react";

export function Markdown({ children }: { children?: ReactNode }) {
  return <>{children}</>;
}

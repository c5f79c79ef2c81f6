// The heading of a step takes the focus when the step appears, so that a screen reader says where one is.
import { useLayoutEffect, useRef, type ReactNode } from "react";

export function StepHeading({ focus, children }: { focus: boolean; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (focus) heading.current?.focus();
    // Only when it appears.
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

// A problem that is no field's fault: what happened, what to do, a reference for support.
import { useLayoutEffect, useRef, type ReactNode } from "react";
import type { Problem } from "../api/problem";
import { problemText } from "../text/problem";
import { useText } from "../text/text";
import { Notice } from "./Notice";

/** The host's own text; a merchant sees the page's. */
export function ProblemNotice({ problem, toMerchant, children }: { problem: Problem; toMerchant?: boolean; children?: ReactNode }) {
  const text = useText();
  const notice = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => notice.current?.focus(), [problem]);
  const saysWhy = problem.status >= 400 && (problem.status < 500 || problem.status === 503) && problem.status !== 429;
  const isForPeople = !toMerchant && saysWhy && problem.detail !== "";
  return (
    <Notice tone="bad" role="alert" title={text("problem.title")} ref={notice}>
      <p>{isForPeople ? problem.detail : problemText(problem, text)}</p>
      {children}
      {problem.requestId && <p className="small-text">{text("problem.reference", { id: problem.requestId })}</p>}
    </Notice>
  );
}

// A problem that is no field's fault: what happened, what to do, a reference for support.
import { useLayoutEffect, useRef } from "react";
import type { Problem } from "../api/problem";
import { useText } from "../text/text";
import { Notice } from "./Notice";

export function ProblemNotice({ problem }: { problem: Problem }) {
  const text = useText();
  const notice = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => notice.current?.focus(), [problem]);
  const said =
    problem.code === "unreachable"
      ? text("problem.unreachable")
      : problem.status === 429
        ? text("problem.rate_limited")
        : problem.status >= 500
          ? text("problem.server")
          : problem.detail || text("problem.server");
  return (
    <Notice tone="bad" role="alert" title={text("problem.title")} ref={notice}>
      <p>{said}</p>
      {problem.requestId && <p className="small-text">{text("problem.reference", { id: problem.requestId })}</p>}
    </Notice>
  );
}

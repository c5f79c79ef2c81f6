// Something an operator does: whether it is under way, what came of it, what went wrong.
import { useState } from "react";
import { Problem } from "../api/problem";

export function useAction() {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  /** Does it; `what` may answer what to say afterwards. Whether it worked. */
  const act = async (what: () => Promise<unknown>, done?: string): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    setSaid(undefined);
    try {
      const answer = await what();
      setSaid(typeof answer === "string" ? answer : done);
      return true;
    } catch (error) {
      setProblem(error instanceof Problem ? error : Problem.unreachable());
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, said, problem, act };
}

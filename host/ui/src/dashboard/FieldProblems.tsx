// A problem with the fields it names.
import { fieldOf, type Problem } from "../api/problem";
import { ProblemNotice } from "../parts/ProblemNotice";
import { words } from "./words";

export function FieldProblems({ problem }: { problem: Problem }) {
  return (
    <ProblemNotice problem={problem}>
      {problem.errors.length > 0 && (
        <ul>
          {problem.errors.map(({ pointer, detail }) => <li key={pointer}>{words(fieldOf(pointer) ?? "")}: {detail}</li>)}
        </ul>
      )}
    </ProblemNotice>
  );
}

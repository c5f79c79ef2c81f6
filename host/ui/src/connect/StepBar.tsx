// Where the merchant is: 1 Your credentials → 2 Checks → 3 Choices → 4 Done.
import { Icon } from "../parts/Icon";
import { useText } from "../text/text";
import type { Step } from "./use_flow";

const STEPS: Step[] = ["credentials", "checks", "choices", "done"];

export function StepBar({ step }: { step: Step }) {
  const text = useText();
  const now = STEPS.indexOf(step);
  return (
    <nav className="steps" aria-label={text("step.label")}>
      <ol>
        {STEPS.map((name, index) => {
          const ended = index < now || step === "done";
          return (
            <li key={name} className={ended ? "over" : index === now ? "now" : ""} aria-current={index === now ? "step" : undefined}>
              <span className="step-mark">{ended ? <Icon name="check" /> : index + 1}</span>
              <span className="step-name">
                {text(`step.${name}`)}
                {ended && <span className="sr-only"> ({text("step.ended")})</span>}
              </span>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

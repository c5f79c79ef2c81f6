// What the connection can do: on or off, always with the reason.
import type { CapabilityState } from "../api/session";
import { Icon } from "./Icon";
import { capabilityName } from "../text/capability";
import { useText } from "../text/text";

export function CapabilityList({ states, title }: { states: CapabilityState[]; title?: string }) {
  const text = useText();
  if (states.length === 0) return null;
  const on = states.filter((state) => state.on);
  const off = states.filter((state) => !state.on);
  return (
    <section className="panel" aria-labelledby="capabilities">
      <h2 id="capabilities">
        {title ?? text("choices.capabilities")} <span className="optional">{text("choices.count", { on: on.length, off: off.length })}</span>
      </h2>
      <ul className="capabilities">
        {[...on, ...off].map((state) => {
          const kind = !state.on ? "off" : state.degraded ? "partly" : "on";
          return (
            <li key={state.name} className={kind}>
              <Icon name={kind === "on" ? "check" : kind === "partly" ? "warn" : "skip"} />
              <div>
                <p className="capability-name">
                  {capabilityName(state.name, text)} <span className="check-status">{text(`choices.${kind}`)}</span>
                </p>
                <p className="small-text">{state.reason}</p>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

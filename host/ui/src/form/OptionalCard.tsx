// An optional field as an offer: what it gains, what happens without it, and a button that unfolds it.
import type { ReactNode } from "react";
import { Icon } from "../parts/Icon";
import { titleOf, type FieldSchema } from "../schema/profile";
import { useText } from "../text/text";
import { useSurroundings } from "./surroundings";

interface OptionalCardProps {
  name: string;
  field: FieldSchema;
  filled: boolean;
  wrong: boolean;
  children: ReactNode;
}

export function OptionalCard({ name, field, filled, wrong, children }: OptionalCardProps) {
  const text = useText();
  const { unfolded, fold, gains, stored } = useSurroundings();
  const isStored = stored.has(name);
  const open = wrong || filled || unfolded.has(name);
  const title = titleOf(name, field);
  return (
    <section className={`optional-card ${open ? "open" : ""}`} aria-label={title}>
      <div className="optional-head">
        <div>
          <h2>
            {title} <span className="optional">({text("field.optional")})</span>
          </h2>
          {isStored && !open && <p className="small-text">{text("field.stored")}</p>}
          {!isStored && <dl className="trade">
            {gains(field).map((gain) => (
              <div key={gain}>
                <dt>{text("field.with")}</dt>
                <dd>{gain}</dd>
              </div>
            ))}
            {field["x-without"] && (
              <div>
                <dt>{text("field.without")}</dt>
                <dd>{field["x-without"]}</dd>
              </div>
            )}
          </dl>}
        </div>
        {!filled && !wrong && (
          <button
            type="button"
            className="button small"
            aria-expanded={open}
            aria-controls={`optional_${name}`}
            onClick={() => fold(name, !open)}
          >
            <Icon name={open ? "minus" : "plus"} />
            <span>{text(open ? "field.leave_out" : isStored ? "field.replace" : "field.add")}</span>
            <span className="sr-only">: {title}</span>
          </button>
        )}
      </div>
      <div id={`optional_${name}`} hidden={!open}>
        {open && children}
      </div>
    </section>
  );
}

// A message that stands out: an icon, a heading and what to know.
import type { ReactNode, Ref } from "react";
import { Icon } from "./Icon";

export type Tone = "info" | "good" | "warn" | "bad";
const ICONS = { info: "bolt", good: "check", warn: "warn", bad: "cross" } as const;

interface NoticeProps {
  tone: Tone;
  title?: ReactNode;
  children?: ReactNode;
  role?: "alert" | "status";
  ref?: Ref<HTMLDivElement>;
}

export function Notice({ tone, title, children, role, ref }: NoticeProps) {
  return (
    <div className={`notice ${tone}`} role={role} ref={ref} tabIndex={ref ? -1 : undefined}>
      <Icon name={ICONS[tone]} />
      <div>
        {title && <p className="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}

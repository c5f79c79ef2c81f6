// Copies a text and says so.
import { useEffect, useState } from "react";
import { useText } from "../text/text";
import { Icon } from "./Icon";

export function CopyButton({ value, what, label }: { value: string; what: string; label?: string }) {
  const text = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2500);
    return () => clearTimeout(timer);
  }, [copied]);
  const shown = copied ? text("copy.copied") : (label ?? text("copy.copy"));
  return (
    <button
      type="button"
      className="button small"
      aria-label={copied || label ? undefined : text("copy.label", { what })}
      onClick={() => void copy(value).then(setCopied)}
    >
      <Icon name={copied ? "check" : "copy"} />
      <span aria-live="polite">{shown}</span>
    </button>
  );
}

async function copy(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return copyBySelection(value);
  }
}

/** For pages without the clipboard API: served over plain http, or in a frame without the permission. */
function copyBySelection(value: string): boolean {
  const area = document.createElement("textarea");
  area.value = value;
  area.className = "sr-only";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

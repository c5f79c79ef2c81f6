// Icons as inline SVG: no font, no request. Always beside a text, so always hidden from screen readers.
import type { ReactNode } from "react";

const PATHS: Record<string, ReactNode> = {
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  cross: <path d="M7 7l10 10M17 7 7 17" />,
  warn: <path d="M12 8v5m0 3.2v.1M12 3.5 21.5 20h-19Z" />,
  skip: <path d="M7 12h10" />,
  copy: <path d="M9 9h10v11H9zM5 15V4h10" />,
  lock: <path d="M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3" />,
  clock: <path d="M12 7v5l3 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z" />,
  outside: <path d="M14 5h5v5m0-5-8 8M10 6H5v13h13v-5" />,
  book: <path d="M4 5.5c3-1 5.5-.5 8 1 2.5-1.5 5-2 8-1V19c-3-1-5.5-.5-8 1-2.5-1.5-5-2-8-1ZM12 6.5V20" />,
  arrow: <path d="M5 12h14m-5-5 5 5-5 5" />,
  plus: <path d="M12 5v14M5 12h14" />,
  minus: <path d="M5 12h14" />,
  bolt: <path d="M13 3 5 14h6l-1 7 8-11h-6Z" />,
  store: <path d="M4 9.5 5.5 4h13L20 9.5M5 11v9h14v-9M4 9.5a2.7 2.7 0 0 0 5.3 0 2.7 2.7 0 0 0 5.4 0 2.7 2.7 0 0 0 5.3 0ZM10 20v-5h4v5" />,
};

export function Icon({ name, className = "" }: { name: keyof typeof PATHS & string; className?: string }) {
  return (
    <svg className={`icon ${className}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {PATHS[name]}
    </svg>
  );
}

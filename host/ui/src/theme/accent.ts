// The channel's colour, used only where it can be read: at least 4.5:1 against the page in light and in dark.

/** The surface of each scheme that leaves the least contrast: the page in light, the cards in dark. */
const SURFACES = { light: "#f5f5f2", dark: "#1b1d22" } as const;
const INKS = { light: "#ffffff", dark: "#0d0f12" } as const;
const LEAST = 4.5;

type Scheme = keyof typeof SURFACES;

export function applyAccent(color: string | undefined): void {
  for (const scheme of ["light", "dark"] as const) {
    const usable = color !== undefined && isReadable(color, scheme);
    const style = document.documentElement.style;
    if (usable) {
      style.setProperty(`--accent-${scheme}`, color);
      style.setProperty(`--on-accent-${scheme}`, INKS[scheme]);
    } else {
      style.removeProperty(`--accent-${scheme}`);
      style.removeProperty(`--on-accent-${scheme}`);
    }
  }
}

export function isReadable(color: string, scheme: Scheme): boolean {
  const against = [SURFACES[scheme], INKS[scheme]].map((other) => contrast(color, other));
  return against.every((ratio) => ratio >= LEAST);
}

export function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance as WCAG defines it; not a number for anything but #rrggbb, so that nothing else is used. */
function luminance(color: string): number {
  const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/iu.exec(color)?.slice(1) ?? ["", "", ""];
  const [r, g, b] = parts.map((part) => {
    const value = Number.parseInt(part, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

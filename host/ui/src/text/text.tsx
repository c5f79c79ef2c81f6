// Texts of the page in the merchant's language, from one table per language.
import { createContext, useContext, type ReactNode } from "react";
import { en } from "./en";
import type { TextKey } from "./key";
import { sv } from "./sv";

export type { TextKey };
export type Text = (key: TextKey, values?: Record<string, string | number>) => string;
export type Language = "en" | "sv";

const TABLES: Record<Language, Record<TextKey, string>> = { en, sv };
export const LANGUAGES: { code: Language; name: string }[] = [
  { code: "en", name: "English" },
  { code: "sv", name: "Svenska" },
];

export function languageOf(locale: string | undefined): Language {
  return locale?.toLowerCase().startsWith("sv") ? "sv" : "en";
}

export function textIn(language: Language): Text {
  const table = TABLES[language];
  return (key, values = {}) =>
    table[key].replace(/\{(\w+)\}/gu, (whole, name: string) => String(values[name] ?? whole));
}

type Countable<Key extends string = TextKey> = Key extends `${infer Base}_one` ? Base & TextKey : never;

/** A text that counts: with the words for one where there is one. */
export function counted(text: Text, key: Countable, count: number): string {
  return text(count === 1 ? (`${key}_one` as TextKey) : key, { count });
}

const TextContext = createContext<{ text: Text; language: Language }>({ text: textIn("en"), language: "en" });

export function TextProvider({ language, children }: { language: Language; children: ReactNode }) {
  return <TextContext value={{ text: textIn(language), language }}>{children}</TextContext>;
}

export function useText(): Text {
  return useContext(TextContext).text;
}

export function useLanguage(): Language {
  return useContext(TextContext).language;
}

/** A day as people write it. */
export function longDay(value: string | Date, language: Language): string {
  return written(value, language, { dateStyle: "long" });
}

/** A time within half a day as a time of day, another with its day. */
export function moment(value: string, language: Language): string {
  const isSoon = Math.abs(new Date(value).getTime() - Date.now()) < 12 * 3_600_000;
  return written(value, language, { timeStyle: "short", ...(isSoon ? {} : { dateStyle: "long" }) });
}

function written(value: string | Date, language: Language, style: Intl.DateTimeFormatOptions): string {
  const time = typeof value === "string" ? new Date(value) : value;
  return new Intl.DateTimeFormat(language === "sv" ? "sv-SE" : "en-GB", style).format(time);
}

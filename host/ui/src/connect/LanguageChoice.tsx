// The foot of the page: its language.
import { LANGUAGES, useText, type Language } from "../text/text";

export function LanguageChoice({ language, onChoose }: { language: Language; onChoose: (language: Language) => void }) {
  const text = useText();
  return (
    <nav className="languages" aria-label={text("page.language")}>
      {LANGUAGES.map(({ code, name }) => (
        <button key={code} type="button" lang={code} aria-pressed={code === language} onClick={() => onChoose(code)}>
          {name}
        </button>
      ))}
    </nav>
  );
}

// Opens the session, and shows the steps or why the link cannot be used.
import { useCallback, useEffect, useState } from "react";
import { Problem } from "../api/problem";
import type { Session, SessionApi } from "../api/session";
import { FaultBoundary } from "../parts/FaultBoundary";
import { applyAccent } from "../theme/accent";
import { languageOf, textIn, TextProvider, type Language } from "../text/text";
import { EndedPage, endingOf, type Ending } from "./EndedPage";
import { Flow } from "./Flow";
import { LanguageChoice } from "./LanguageChoice";

export function ConnectPage({ api }: { api: SessionApi }) {
  const [session, setSession] = useState<Session>();
  const [ending, setEnding] = useState<Ending>();
  const [language, setLanguage] = useState<Language>(() => languageOf(navigator.language));
  const text = textIn(language);

  const open = useCallback(async () => {
    setEnding(undefined);
    try {
      const opened = await api.session();
      applyAccent(opened.channel.accent_color);
      if (opened.locale) setLanguage(languageOf(opened.locale));
      setSession(opened);
      if (opened.state === "done") setEnding("used");
      else if (opened.state === "cancelled" || opened.state === "expired") setEnding(opened.state);
    } catch (error) {
      setEnding(endingOf(error instanceof Problem ? error : Problem.unreachable()) ?? "unreachable");
    }
  }, [api]);
  useEffect(() => void open(), [open]);

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const names = session && { connector: session.connector.name, channel: session.channel.name };
  const title = names && text(session.mode === "reauth" ? "page.title_reauth" : "page.title", names);
  useEffect(() => {
    document.title = ending ? text(`ended.${ending}_title`) : (title ?? text("page.main"));
  }, [ending, title, text]);

  const footer = <LanguageChoice language={language} onChoose={setLanguage} />;
  return (
    <TextProvider language={language}>
      {ending ? (
        <EndedPage ending={ending} channel={session?.channel.name} onRetry={() => void open()} footer={footer} />
      ) : session ? (
        <FaultBoundary fallback={<EndedPage ending="fault" onRetry={() => location.reload()} footer={footer} />}>
          <Flow api={api} session={session} onEnded={setEnding} footer={footer} />
        </FaultBoundary>
      ) : (
        <main className="opening" aria-busy="true">
          <h1 className="sr-only">{text("page.main")}</h1>
          <p role="status">{text("page.loading")}</p>
        </main>
      )}
    </TextProvider>
  );
}

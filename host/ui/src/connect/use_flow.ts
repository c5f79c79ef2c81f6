// The state of one merchant's way through the steps, and what moves it.
import { useCallback, useMemo, useRef, useState } from "react";
import { fieldOf, Problem, type FieldProblem } from "../api/problem";
import type { Check, CheckResult, Session, SessionApi } from "../api/session";
import { credentialsForm, valuesOf, visibleForm } from "../schema/compose";
import { localizeCheck, localizeForm, localizeReasons } from "../schema/localize";
import { normalize } from "../schema/normalize";
import { isSecret, type FormSchema, type Values } from "../schema/profile";
import { findMistakes, type Mistakes } from "../schema/validator";
import { fieldProblemText } from "../text/problem";
import { useLanguage, useText } from "../text/text";
import { endingOf, type Ending } from "./EndedPage";

export type Step = "credentials" | "checks" | "choices" | "done";

export interface Run {
  checks: Check[];
  running: boolean;
  result?: CheckResult;
  problem?: Problem;
}

const NO_RUN: Run = { checks: [], running: false };

export function useFlow(api: SessionApi, session: Session, onEnded: (ending: Ending) => void) {
  const text = useText();
  const language = useLanguage();
  const [step, setStep] = useState<Step>("credentials");
  const [values, setValues] = useState<Values>(() => ({ ...session.draft?.settings, ...session.draft?.credentials }));
  const [mistakes, setMistakes] = useState<Mistakes>({});
  const [attempt, setAttempt] = useState(0);
  const [pulledIn, setPulledIn] = useState<string[]>([]);
  const [told, setRun] = useState<Run>(NO_RUN);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const [redirect, setRedirect] = useState<string>();
  const stop = useRef<AbortController>(undefined);

  const forms = useMemo(() => {
    const credentials = localizeForm(session.credential_schema, language);
    const settings = localizeForm(session.settings_schema, language);
    const asked = credentialsForm(credentials, settings, { onlySecrets: session.mode === "reauth", pulledIn });
    return { credentials, settings, asked };
  }, [session, language, pulledIn]);

  const run = useMemo<Run>(
    () => ({
      ...told,
      checks: told.checks.map((check) => localizeCheck(check, language)),
      result: told.result && localizeReasons(told.result, language),
    }),
    [told, language],
  );

  const report = useCallback(
    (error: unknown) => {
      const said = error instanceof Problem ? error : Problem.unreachable();
      const ending = endingOf(said);
      if (ending) onEnded(ending);
      return said;
    },
    [onEnded],
  );

  /** New values; what was wrong with a changed field is no longer said. */
  const edit = useCallback((next: Values) => {
    setValues((before) => {
      setMistakes((old) => Object.fromEntries(Object.entries(old).filter(([name]) => before[name] === next[name])));
      return next;
    });
  }, []);

  const fieldProblem = (error: FieldProblem, name: string) =>
    fieldProblemText(error, forms.credentials.properties[name] ?? forms.settings.properties[name], text, language);

  const refuse = (found: Mistakes) => {
    setMistakes(found);
    setPulledIn((before) => [...new Set([...before, ...Object.keys(found).filter((name) => name in forms.settings.properties)])]);
  };

  const check = async () => {
    const clean = cleaned(forms.asked, values);
    setValues(clean);
    setProblem(undefined);
    const found = findMistakes(forms.asked, clean, text);
    setAttempt((count) => count + 1);
    if (Object.keys(found).length > 0) {
      setMistakes(found);
      setStep("credentials");
      return;
    }
    setMistakes({});
    setStep("checks");
    setRun({ ...NO_RUN, running: true });
    stop.current = new AbortController();
    try {
      const given = { credentials: valuesOf(forms.credentials, clean), settings: shownOf(forms.settings, clean) };
      const checks: Check[] = [];
      const onCheck = (one: Check) => {
        checks.push(one);
        setRun({ ...NO_RUN, running: true, checks: [...checks] });
      };
      const result = await api.check(given, onCheck, stop.current.signal);
      setRun({ checks, running: false, result });
      if (!result.ok) refuse(mistakesOf(checks.map((check) => localizeCheck(check, language))));
    } catch (error) {
      if (stop.current.signal.aborted) return;
      const said = report(error);
      const wrong = mistakesOfProblem(said, fieldProblem);
      setRun((before) => ({ ...before, running: false, problem: said }));
      if (Object.keys(wrong).length === 0) return;
      refuse(wrong);
      setStep("credentials");
    }
  };

  const stopCheck = () => {
    stop.current?.abort();
    setRun(NO_RUN);
    setStep("credentials");
  };

  /** Settings, and which of them were asked: one that was asked and left empty is cleared. */
  const confirm = async (settings: Values, asked: string[], replace: boolean): Promise<Mistakes> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const empty = asked.filter((name) => settings[name] === undefined && !isSecret(forms.settings.properties[name]));
      const kept = { ...Object.fromEntries(empty.map((name) => [name, null])), ...shownOf(forms.settings, { ...values, ...settings }) };
      const { redirect_url } = await api.confirm(kept, replace);
      setRedirect(redirect_url);
      setStep("done");
      return {};
    } catch (error) {
      const said = report(error);
      const wrong = mistakesOfProblem(said, fieldProblem);
      if (Object.keys(wrong).length === 0) setProblem(said);
      return wrong;
    } finally {
      setBusy(false);
    }
  };

  return {
    step, setStep, forms, values, edit, mistakes, setMistakes, attempt, run, problem, busy, redirect, check, stopCheck, confirm, report,
  };
}

export type FlowState = ReturnType<typeof useFlow>;

/** The values of a form; what its other values hide is not among them. */
function shownOf(form: FormSchema, values: Values): Values {
  return valuesOf(visibleForm(form, values), values);
}

/** Every text as `x-normalize` wants it: a field may be submitted before it was left. */
function cleaned(form: FormSchema, values: Values): Values {
  const clean = { ...values };
  for (const [name, field] of Object.entries(form.properties)) {
    const value = clean[name];
    if (typeof value === "string") clean[name] = normalize(field, value).text || undefined;
  }
  return clean;
}

/** Failed checks by the field they blame. */
function mistakesOf(checks: Check[]): Mistakes {
  const found: Mistakes = {};
  for (const check of checks.filter(({ status }) => status === "fail")) {
    const name = fieldOf(check.pointer);
    if (name) (found[name] ??= []).push([check.message, check.fix].filter(Boolean).join(" "));
  }
  return found;
}

function mistakesOfProblem(problem: Problem, told: (error: FieldProblem, name: string) => string): Mistakes {
  const found: Mistakes = {};
  for (const error of problem.errors) {
    const name = fieldOf(error.pointer);
    if (name) (found[name] ??= []).push(told(error, name));
  }
  return found;
}

// Keeps what is typed, so that a closed tab loses nothing but secrets.
import { useEffect, useRef } from "react";
import type { SessionApi } from "../api/session";
import { withoutSecrets } from "../schema/compose";
import type { FlowState } from "./use_flow";

const PAUSE_MS = 700;

export function useDraft(api: SessionApi, flow: FlowState, active: boolean): void {
  const { values, forms } = flow;
  const saved = useRef<string>(undefined);
  useEffect(() => {
    if (!active) return;
    const credentials = withoutSecrets(forms.credentials, values);
    const settings = withoutSecrets(forms.settings, values);
    const draft = JSON.stringify([credentials, settings]);
    saved.current ??= draft;
    if (draft === saved.current) return;
    const timer = setTimeout(() => {
      saved.current = draft;
      // A draft is a convenience: losing one is not worth an alarm.
      api.saveDraft(credentials, settings).catch(() => undefined);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [api, active, values, forms.credentials, forms.settings]);
}

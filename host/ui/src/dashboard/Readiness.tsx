// Whether the host is ready, on top of every page while it is not.
import { operatorApi, type Manifest } from "../api/operator";
import { Notice } from "../parts/Notice";
import { problemText } from "../text/problem";
import { useText } from "../text/text";
import { counted } from "./ago";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";
import { sentence } from "./words";

/** Asked again with every page. What cannot be reached at all, the page itself reports. */
export function Readiness({ place }: { place: string }) {
  const text = useText();
  const { data, problem } = useLoaded(operatorApi.readiness, `readiness ${place}`);
  if (problem && problem.status >= 500) return <Notice tone="bad" title="The host is not ready"><p>{problem.detail ? sentence(problem.detail) : problemText(problem, text)}</p></Notice>;
  const warnings = data?.warnings ?? [];
  if (warnings.length === 0) return null;
  return (
    <Notice tone="warn" title="The host needs attention">
      {warnings.map((warning) => <p key={warning}>{sentence(warning)}</p>)}
    </Notice>
  );
}

/** A connection whose plugin is not called at the moment. */
export function NotCalled({ connector, behaviour }: { connector: string; behaviour: NonNullable<Manifest["behaviour"]> }) {
  return (
    <Notice tone="bad" title={behaviour.held ? `The plugin of ${connector} is held back` : `The plugin of ${connector} is in quarantine`}>
      <p>{sentence(behaviour.held ?? behaviour.last_fault)} No syncs or orders run for this connection until it is called again. <a href={linkTo("plugins")}>See plugins</a></p>
    </Notice>
  );
}

/** A connection whose connector is not loaded. */
export function NotLoaded({ connector, detail }: { connector: string; detail: string }) {
  return (
    <Notice tone="bad" title={`Connector ${connector} is not loaded`}>
      <p>{sentence(detail)} Nothing is synced, ordered or received for this connection until it is. <a href={linkTo("plugins")}>See plugins</a></p>
    </Notice>
  );
}

/** On the page of plugins. */
export function MissingConnectors() {
  const { data } = useLoaded(operatorApi.readiness, "readiness plugins");
  const missing = data?.missing_connectors ?? [];
  if (missing.length === 0) return null;
  return (
    <section aria-labelledby="missing">
      <h2 id="missing" className="section-title">Not loaded</h2>
      {missing.map(({ connector, connections }) => (
        <Notice key={connector} tone="bad" title={connector}>
          <p>{counted(connections, "connection")} {connections === 1 ? "needs" : "need"} this connector, and no loaded plugin has it. No syncs or orders run for {connections === 1 ? "it" : "them"}; webhooks are answered with 503, so that stores send them again.</p>
          <p>Put the plugin’s file back into the plugin folder, or check the refused files.</p>
        </Notice>
      ))}
    </section>
  );
}

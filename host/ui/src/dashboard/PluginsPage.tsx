// Plugins in use, their conduct, and files that were refused.
import { operatorApi, type Plugins } from "../api/operator";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { capabilityName } from "../text/capability";
import { useText } from "../text/text";
import { useLoaded } from "./use_loaded";

export function PluginsPage() {
  const { data, problem } = useLoaded(operatorApi.plugins, "plugins");
  return (
    <>
      <h1 id="heading" tabIndex={-1}>Plugins</h1>
      {problem && <ProblemNotice problem={problem} />}
      {data?.data.length === 0 && <p className="lead">No plugin is in use.</p>}
      <div className="columns even">
        {data?.data.map((plugin) => <Plugin key={plugin.id} plugin={plugin} />)}
      </div>
      {data && data.refused.length > 0 && (
        <section aria-labelledby="refused">
          <h2 id="refused">Refused files</h2>
          {data.refused.map(({ file, reason, remedy, code }) => (
            <Notice key={file} tone="warn" title={file}>
              <p>{reason}</p>
              <p>{remedy}</p>
              <p className="small-text">{code}</p>
            </Notice>
          ))}
        </section>
      )}
    </>
  );
}

function Plugin({ plugin }: { plugin: Plugins["data"][number] }) {
  const text = useText();
  const { data: manifest } = useLoaded(() => operatorApi.manifest(plugin.id), `manifest ${plugin.id}`);
  return (
    <section className="panel" aria-label={plugin.name}>
      <h2>{plugin.name} <span className="optional">{plugin.plugin_version}</span></h2>
      <p className="small-text">{plugin.vendor} · contract {plugin.contract_version} · sha256 <code>{plugin.sha256.slice(0, 12)}</code></p>
      {plugin.quarantined && <Notice tone="bad" title="In quarantine"><p>It is not called at the moment, because it misbehaved.</p></Notice>}
      {plugin.last_fault && <p>Last fault: {plugin.last_fault}</p>}
      {plugin.stuck_calls > 0 && <p>{plugin.stuck_calls} calls could not be stopped.</p>}
      <ul className="chips">
        {manifest?.capabilities?.map(({ name, summary }) => <li key={name} title={summary}>{capabilityName(name, text)}</li>)}
      </ul>
    </section>
  );
}

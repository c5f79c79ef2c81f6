// Plugins in use, their faults, connectors that are not loaded, and files that were refused.
import { operatorApi, type Plugins } from "../api/operator";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { capabilityName } from "../text/capability";
import { useText } from "../text/text";
import { Faults, PluginState } from "./Faults";
import { MissingConnectors } from "./Readiness";
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
      <MissingConnectors />
      {data && data.refused.length > 0 && (
        <section aria-labelledby="refused">
          <h2 id="refused" className="section-title">Refused files</h2>
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
    <section className="panel" aria-label={`${plugin.name} (${plugin.id})`}>
      <div className="title-row">
        <h2>{plugin.name} <span className="optional">{plugin.plugin_version}</span></h2>
        <PluginState plugin={plugin} />
      </div>
      <p className="small-text">{plugin.vendor} · contract {plugin.contract_version} · sha256 <code>{plugin.sha256.slice(0, 12)}</code></p>
      <Faults plugin={plugin} />
      <ul className="chips">
        {manifest?.capabilities?.map(({ name, summary }) => <li key={name} title={summary}>{capabilityName(name, text)}</li>)}
      </ul>
    </section>
  );
}

// One connection: health, held deletions, what can be done, capabilities, checks, permissions, syncs, history.
import { operatorApi, type Connection } from "../api/operator";
import type { Check } from "../api/session";
import { CapabilityList } from "../parts/CapabilityList";
import { CheckRow } from "../parts/CheckRow";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { titleOf, type FormSchema } from "../schema/profile";
import { ago } from "./ago";
import { ConnectionActions } from "./ConnectionActions";
import { ConnectionTabs } from "./ConnectionTabs";
import { HeldDeletions } from "./HeldDeletions";
import { History } from "./History";
import { Permissions } from "./Permissions";
import { NotCalled, NotLoaded } from "./Readiness";
import { expiryText, healthName, Status, timeText } from "./Status";
import { SyncPanel } from "./SyncPanel";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";

const NO_FORM: FormSchema = { type: "object", properties: {} };

export function ConnectionPage({ id }: { id: string }) {
  const { data, problem, reload } = useLoaded(() => operatorApi.connection(id), `connection ${id}`);
  const connector = data?.connector_id;
  const { data: manifest, problem: unloaded } = useLoaded(async () => (connector ? operatorApi.manifest(connector) : undefined), `manifest ${connector ?? ""}`);
  if (problem) return <><h1 id="heading" tabIndex={-1}>Connection</h1><ProblemNotice problem={problem} /></>;
  if (!data) return <h1 id="heading" tabIndex={-1}>Loading…</h1>;
  const { health, findings } = data;
  const form = manifest?.credential_schema ?? NO_FORM;
  const isUnloaded = unloaded && [404, 503].includes(unloaded.status);
  const tone = ["reauth_required", "failing"].includes(health.status) ? "bad" : "warn";
  return (
    <>
      <p className="crumbs"><a href={linkTo("connections")}>Connections</a></p>
      <div className="title-row">
        <h1 id="heading" tabIndex={-1}>{data.label}</h1>
        <Status status={health.status} paused={data.paused_at !== undefined} />
      </div>
      <ConnectionTabs id={id} here="" />
      {health.cause && (
        <Notice tone={tone} title={health.cause}>
          {health.remedy && <p>{health.remedy}</p>}
          <p className="small-text">{healthName(health.status)} since {timeText(health.since)} ({ago(health.since)}){health.actor ? `, by ${health.actor}` : ""}</p>
        </Notice>
      )}
      {isUnloaded && <NotLoaded connector={data.connector_id} detail={unloaded.detail} />}
      {manifest?.behaviour?.quarantined && <NotCalled connector={data.connector_id} behaviour={manifest.behaviour} />}
      <HeldDeletions id={id} held={data.held_deletions ?? []} onChanged={reload} />
      <ConnectionActions connection={data} onDone={reload} />
      <div className="columns">
        <div className="stack">
          <Facts connection={data} form={form} />
          <SyncPanel connection={data} onEnded={reload} />
          <LastChecks checks={findings.checks} form={form} />
          <History id={id} />
        </div>
        <div className="stack">
          <CapabilityList states={findings.capabilities} title="Capabilities" />
          <Permissions manifest={manifest} used={findings.permissions_used} missing={findings.permissions_missing} />
        </div>
      </div>
    </>
  );
}

/** What went wrong is shown; the rest is one click away. */
function LastChecks({ checks, form }: { checks: Check[]; form: FormSchema }) {
  if (checks.length === 0) return null;
  const troubled = checks.filter(({ status }) => status === "fail" || status === "warn");
  const rest = checks.filter((check) => !troubled.includes(check));
  const rows = (some: Check[]) => (
    <ol className="checks">
      {some.map((check) => <CheckRow key={check.id} check={check} form={form} />)}
    </ol>
  );
  return (
    <section className="panel" aria-labelledby="last-checks">
      <h2 id="last-checks">Last checks</h2>
      {troubled.length > 0 && rows(troubled)}
      <details className="fold">
        <summary>{rest.length} without trouble</summary>
        {rows(rest)}
      </details>
    </section>
  );
}

function Facts({ connection, form }: { connection: Connection; form: FormSchema }) {
  const { store, findings } = connection;
  const named = (field: string) => titleOf(field, form.properties[field]);
  const facts: [string, string][] = [
    ["Store", store ? `${store.name} · ${store.host}` : "not known yet"],
    ["Connector", `${connection.connector_id} ${connection.plugin_version}`],
    ["Environment", connection.environment],
    ...(connection.merchant_id ? [["Merchant", connection.merchant_id] as [string, string]] : []),
    ["Connected", timeText(connection.created_at)],
    ...(connection.sync ? [["Last good sync", connection.sync.last_good_at ? timeText(connection.sync.last_good_at) : "never"] as [string, string]] : []),
    ["Last validated", connection.validated_at ? timeText(connection.validated_at) : "never"],
    ...findings.expiries.map((expiry) => [`${named(expiry.field)} expires`, expiryText(expiry)] as [string, string]),
    ["Credentials set", connection.credentials.filter(({ set }) => set).map(({ field }) => named(field)).join(", ") || "none"],
  ];
  return (
    <section className="panel" aria-labelledby="facts">
      <h2 id="facts">About</h2>
      <dl className="fact-list">
        {facts.map(([name, value]) => (
          <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
        ))}
      </dl>
    </section>
  );
}

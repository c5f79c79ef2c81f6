// Groups of operations beside their list, and the schemas below.
import { send } from "../api/request";
import { useLoaded } from "../dashboard/use_loaded";
import { Markdown } from "../parts/Markdown";
import { ProblemNotice } from "../parts/ProblemNotice";
import { operationsOf, type Listed, type OpenApi } from "./document";
import { OperationCard } from "./OperationCard";
import { SchemaCard } from "./SchemaCard";

const load = async () => (await send("GET", "/openapi.json")).json() as Promise<OpenApi>;
const idOf = (tag: string) => `tag-${tag.replaceAll(" ", "-")}`;

export function Reference() {
  const { data, problem } = useLoaded(load, "document");
  if (problem) {
    return (
      <main className="reference">
        <h1>API reference</h1>
        <ProblemNotice problem={problem} />
      </main>
    );
  }
  if (!data) return <main className="reference" aria-busy="true"><h1>API reference</h1><p role="status">Loading…</p></main>;
  const all = operationsOf(data);
  const groups = data.tags.map((tag) => ({ ...tag, operations: all.filter(({ operation }) => operation.tags[0] === tag.name) }));
  return (
    <div className="reference-layout">
      <nav aria-label="Operations" className="reference-list" tabIndex={0}>
        {groups.map(({ name, operations }) => (
          <div key={name}>
            <a className="reference-group" href={`#${idOf(name)}`}>{name}</a>
            <ul>{operations.map((one) => <Entry key={one.operation.operationId} {...one} />)}</ul>
          </div>
        ))}
        <a className="reference-group" href="#schemas">schemas</a>
      </nav>
      <main className="reference">
        <h1>{data.info.title} <span className="reference-version">{data.info.version}</span></h1>
        <Markdown source={data.info.description} />
        <p><a href="/openapi.json">The OpenAPI document</a></p>
        {groups.map(({ name, description, operations }) => (
          <section key={name} aria-labelledby={idOf(name)}>
            <h2 id={idOf(name)}>{name}</h2>
            <p className="lead">{description}</p>
            {operations.map((one) => <OperationCard key={one.operation.operationId} {...one} />)}
          </section>
        ))}
        <section aria-labelledby="schemas">
          <h2 id="schemas">schemas</h2>
          {Object.entries(data.components.schemas).map(([name, schema]) => <SchemaCard key={name} name={name} schema={schema} />)}
        </section>
      </main>
    </div>
  );
}

function Entry({ operation }: Listed) {
  return <li><a href={`#${operation.operationId}`}>{operation.summary}</a></li>;
}

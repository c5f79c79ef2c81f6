// One operation: address, parameters, body, answers.
import { inline, Markdown } from "../parts/Markdown";
import type { Listed, Parameter, Response } from "./document";
import { TypeText } from "./SchemaCard";

export function OperationCard({ method, path, operation }: Listed) {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const body = Object.entries(requestBody?.content ?? {})[0];
  return (
    <article className="operation" aria-labelledby={operationId}>
      <h3 id={operationId}>{summary}</h3>
      <p className="operation-address"><strong>{method}</strong> <code>{path}</code></p>
      <p className="small-text"><code>{operationId}</code></p>
      <Markdown source={description} />
      {parameters.length > 0 && <Parameters parameters={parameters} />}
      {body && (
        <>
          <h4>Body</h4>
          <p><code>{body[0]}</code>: <TypeText schema={body[1].schema} /></p>
          {body[1].example !== undefined && <Example value={body[1].example} of={summary} />}
        </>
      )}
      <h4>Answers</h4>
      <dl>{Object.entries(responses).map(([status, response]) => <Answer key={status} status={status} response={response} />)}</dl>
    </article>
  );
}

function Parameters({ parameters }: { parameters: Parameter[] }) {
  return (
    <>
      <h4>Parameters</h4>
      <dl>
        {parameters.map(({ name, in: place, required, description, schema }) => (
          <div key={`${place} ${name}`}>
            <dt><code>{name}</code> <span className="small-text">{place}{required ? ", required" : ""}</span></dt>
            <dd><TypeText schema={schema} />. {inline(description ?? "")}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** Failures are many and alike: they open on demand. */
function Answer({ status, response }: { status: string; response: Response }) {
  const [kind, content] = Object.entries(response.content ?? {})[0] ?? [];
  const isFailure = kind === "application/problem+json";
  return (
    <div>
      <dt><code>{status}</code></dt>
      <dd>
        {isFailure ? <details><summary>Problem</summary><Markdown source={response.description} /></details> : <p>{inline(response.description)}</p>}
        {!isFailure && content?.schema && <p><code>{kind}</code>: <TypeText schema={content.schema} /></p>}
      </dd>
    </div>
  );
}

function Example({ value, of }: { value: unknown; of: string }) {
  return <pre tabIndex={0} role="region" aria-label={`Example: ${of}`}>{JSON.stringify(value, null, 2)}</pre>;
}

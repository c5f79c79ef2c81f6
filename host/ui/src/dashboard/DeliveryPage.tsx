// One delivery: what it said, without what is about people, what came of it, and reading it again.
import { useState } from "react";
import { Problem } from "../api/problem";
import { webhooksApi, type DeliveryShown } from "../api/webhooks";
import { ProblemNotice } from "../parts/ProblemNotice";
import { timeText } from "./Status";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";
import { words } from "./words";

export function DeliveryPage({ id, delivery }: { id: string; delivery: string }) {
  const { data, problem, reload } = useLoaded(() => webhooksApi.delivery(id, delivery), `delivery ${id} ${delivery}`);
  const [said, setSaid] = useState<string>();
  const [refused, setRefused] = useState<Problem>();
  const replay = async (shown: DeliveryShown) => {
    try {
      await webhooksApi.replay(id, shown.id);
      setSaid("It will be replayed.");
      reload();
    } catch (error) {
      setRefused(error instanceof Problem ? error : Problem.unreachable());
    }
  };
  return (
    <>
      <p className="crumbs">
        <a href={linkTo("connections")}>Connections</a> / <a href={linkTo("connections", id)}>Connection</a> / <a href={linkTo("connections", id, "webhooks")}>Webhooks</a>
      </p>
      <h1 id="heading" tabIndex={-1}>Delivery {delivery}</h1>
      {(problem ?? refused) && <ProblemNotice problem={(problem ?? refused)!} />}
      {data && (
        <>
          <p className="lead">{words(data.state)} · by {words(data.source)}, {words(data.proof)} · {data.bytes} bytes · {timeText(data.received_at)}</p>
          {data.error && <p>{data.error}</p>}
          <div className="actions">
            <button type="button" className="button" onClick={() => void replay(data)}>Replay</button>
          </div>
          <p role="status" className="small-text">{said}</p>
          <div className="columns">
            <Events delivery={data} />
            <Content delivery={data} />
          </div>
        </>
      )}
    </>
  );
}

function Events({ delivery }: { delivery: DeliveryShown }) {
  return (
    <section className="panel" aria-labelledby="events">
      <h2 id="events">Outcome</h2>
      {delivery.events.length === 0 && <p>Nothing yet.</p>}
      <ul className="runs">
        {delivery.events.map((event, index) => (
          <li key={index}>
            <p>{event.topic}{event.action ? `, ${event.action}` : ""} <span className="check-status">{words(event.decision)}</span></p>
            {event.reason && <p>{event.reason}</p>}
            {event.entities.map((entity) => <p key={`${entity.stream} ${entity.id}`} className="small-text">{entity.stream} {entity.id}: {words(entity.state)}</p>)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Content({ delivery }: { delivery: DeliveryShown }) {
  const { content } = delivery;
  return (
    <section className="panel" aria-labelledby="content">
      <h2 id="content">Content</h2>
      <p className="small-text">Signatures and personal data are removed.</p>
      {!content && <p>Its content is not shown.</p>}
      {content && (
        <>
          <dl className="fact-list">
            {content.headers.map(({ name, value }, index) => <div key={index}><dt>{name}</dt><dd>{value}</dd></div>)}
          </dl>
          <div className="raw"><pre tabIndex={0} aria-label="Body">{JSON.stringify(content.body ?? null, null, 2)}</pre></div>
        </>
      )}
    </section>
  );
}

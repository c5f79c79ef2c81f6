// The synced catalog: how much of what, and its offers with pictures.
import { useState, type FormEvent } from "react";
import { operatorApi } from "../api/operator";
import { ProblemNotice } from "../parts/ProblemNotice";
import { ConnectionTabs } from "./ConnectionTabs";
import { OfferCard } from "./OfferCard";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";

export function CatalogPage({ id }: { id: string }) {
  const [typed, setTyped] = useState("");
  const [{ text, cursors }, setQuery] = useState<{ text: string; cursors: string[] }>({ text: "", cursors: [] });
  const cursor = cursors.at(-1);
  const counts = useLoaded(() => operatorApi.counts(id), `counts ${id}`);
  const offers = useLoaded(() => operatorApi.offers(id, text, cursor), `offers ${id} ${text} ${cursor ?? ""}`);
  const search = (event: FormEvent) => {
    event.preventDefault();
    setQuery({ text: typed.trim(), cursors: [] });
  };
  return (
    <>
      <p className="crumbs"><a href={linkTo("connections")}>Connections</a> / <a href={linkTo("connections", id)}>Connection</a></p>
      <h1 id="heading" tabIndex={-1}>Catalog</h1>
      <ConnectionTabs id={id} here="catalog" />
      <p><a href={operatorApi.exportOf(id)} download={`${id}.jsonl`}>Download the catalog</a></p>
      {counts.data && (
        <ul className="counts">
          {counts.data.streams.map(({ stream, live }) => <li key={stream}><strong>{live}</strong> {stream.replaceAll("_", " ")}</li>)}
        </ul>
      )}
      <form className="search" role="search" onSubmit={search}>
        <label htmlFor="search" className="sr-only">Title, handle, id or SKU</label>
        <input id="search" type="search" placeholder="Title, handle, id or SKU" value={typed} onChange={(event) => setTyped(event.target.value)} />
        <button type="submit" className="button">Search</button>
      </form>
      {(offers.problem ?? counts.problem) && <ProblemNotice problem={(offers.problem ?? counts.problem)!} />}
      <p role="status" className="small-text">{offers.data ? (offers.data.data.length === 0 ? "Nothing found." : "") : offers.problem ? "" : "Loading…"}</p>
      <ul className="offers">
        {offers.data?.data.map((offer) => <OfferCard key={offer.id} connection={id} offer={offer} />)}
      </ul>
      <div className="actions">
        {cursors.length > 0 && <button type="button" className="button" onClick={() => setQuery({ text, cursors: cursors.slice(0, -1) })}>Back</button>}
        {offers.data?.next_cursor && (
          <button type="button" className="button" onClick={() => setQuery({ text, cursors: [...cursors, offers.data?.next_cursor ?? ""] })}>More</button>
        )}
      </div>
    </>
  );
}

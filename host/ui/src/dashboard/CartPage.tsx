// A cart for trying out: what the platform says it costs, what the synced data say, and where they differ.
import { useState, type FormEvent } from "react";
import { Problem } from "../api/problem";
import { compare, type CartRequest, type Comparison } from "../api/quotes";
import { Notice } from "../parts/Notice";
import { ProblemNotice } from "../parts/ProblemNotice";
import { ConnectionTabs } from "./ConnectionTabs";
import { money } from "./money";
import { QuotePanel } from "./QuotePanel";
import { linkTo } from "./use_place";
import { fieldName } from "./words";

export function CartPage({ id }: { id: string }) {
  const [skus, setSkus] = useState("");
  const [currency, setCurrency] = useState("SEK");
  const [country, setCountry] = useState("SE");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [comparison, setComparison] = useState<Comparison>();
  const price = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    setComparison(undefined);
    try {
      setComparison(await compare(id, { currency: currency.trim().toUpperCase(), country: country.trim().toUpperCase(), lines: linesOf(skus) }));
    } catch (error) {
      setProblem(error instanceof Problem ? error : Problem.unreachable());
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <p className="crumbs"><a href={linkTo("connections")}>Connections</a> / <a href={linkTo("connections", id)}>Connection</a></p>
      <h1 id="heading" tabIndex={-1}>Cart</h1>
      <ConnectionTabs id={id} here="cart" />
      <form className="panel" onSubmit={(event) => void price(event)}>
        <div className="field">
          <label htmlFor="cart-skus">SKUs</label>
          <textarea id="cart-skus" required rows={3} value={skus} aria-describedby="cart-skus-text" onChange={(event) => setSkus(event.target.value)} />
          <p className="field-text" id="cart-skus-text">One per line, optionally followed by a quantity: P1001MOSM 2</p>
        </div>
        <div className="field-row">
          <div className="field">
            <label htmlFor="cart-currency">Currency</label>
            <input id="cart-currency" required pattern="[A-Za-z]{3}" maxLength={3} value={currency} onChange={(event) => setCurrency(event.target.value)} />
          </div>
          <div className="field">
            <label htmlFor="cart-country">Country</label>
            <input id="cart-country" pattern="[A-Za-z]{2}" maxLength={2} value={country} onChange={(event) => setCountry(event.target.value)} />
          </div>
        </div>
        <div className="actions"><button type="submit" className="button primary" disabled={busy}>Compare prices</button></div>
      </form>
      <p role="status" className="small-text">{busy ? "Asking the store…" : ""}</p>
      {problem && <ProblemNotice problem={problem} />}
      {problem && problem.errors.length > 0 && <ul>{problem.errors.map(({ pointer, detail }) => <li key={pointer}>{pointer}: {detail}</li>)}</ul>}
      {comparison && <Outcome comparison={comparison} />}
    </>
  );
}

function Outcome({ comparison }: { comparison: Comparison }) {
  const { realtime, absence, local, differences } = comparison;
  const amount = (one?: { amount_minor: number; currency: string }) => (one ? money(one.amount_minor, one.currency) : "not given");
  const differ = differences.filter((one) => one.realtime && one.local);
  const saidByOne = differences.filter((one) => !differ.includes(one));
  return (
    <>
      {absence && <Notice tone="warn" title="No price from the store"><p>{absence.text}</p></Notice>}
      {realtime && differ.length === 0 && <Notice tone="good" title="Both agree"><p>All amounts that both return are equal.</p></Notice>}
      {differences.length > 0 && (
        <div className="table card" tabIndex={0} role="region" aria-label="Differences">
          <table>
            <thead><tr><th scope="col">{differ.length > 0 ? "Where they differ" : "Returned by one only"}</th><th scope="col">The store</th><th scope="col">Synced data</th></tr></thead>
            <tbody>
              {[...differ, ...saidByOne].map((one) => (
                <tr key={one.what}><th scope="row">{fieldName(one.what)}</th><td>{amount(one.realtime)}</td><td>{amount(one.local)}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div className="columns">
        {realtime && <QuotePanel title="The store" quote={realtime} />}
        <QuotePanel title="Synced data" quote={local} />
      </div>
    </>
  );
}

/** `SKU` or `SKU 2`, one a line. */
function linesOf(text: string): CartRequest["lines"] {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.map((line) => {
    const counted = /^(.+?)\s+(\d{1,7})$/u.exec(line);
    return { sku: counted?.[1] ?? line, quantity: Number(counted?.[2] ?? 1) };
  });
}

// Signed in or not, and which page.
import { useEffect } from "react";
import { operatorApi } from "../api/operator";
import { FaultBoundary } from "../parts/FaultBoundary";
import { ProblemNotice } from "../parts/ProblemNotice";
import { CartPage } from "./CartPage";
import { CatalogPage } from "./CatalogPage";
import { ConnectionPage } from "./ConnectionPage";
import { ConnectionsPage } from "./ConnectionsPage";
import { DeliveryPage } from "./DeliveryPage";
import { EndpointPage } from "./EndpointPage";
import { EndpointsPage } from "./EndpointsPage";
import { EventsPage } from "./EventsPage";
import { Login } from "./Login";
import { OfferPage } from "./OfferPage";
import { OrderPage } from "./OrderPage";
import { OrdersPage } from "./OrdersPage";
import { PluginsPage } from "./PluginsPage";
import { Readiness } from "./Readiness";
import { useLoaded } from "./use_loaded";
import { linkTo, usePlace, type Place } from "./use_place";
import { WebhooksPage } from "./WebhooksPage";

export function Dashboard() {
  const who = useLoaded(operatorApi.who, "who");
  const place = usePlace();
  useEffect(() => {
    document.getElementById("heading")?.focus();
  }, [place.join("/")]);
  if (who.problem && [401, 403].includes(who.problem.status)) return <Login onSignedIn={who.reload} />;
  if (who.problem) {
    return (
      <main className="board">
        <h1>Connections</h1>
        <ProblemNotice problem={who.problem} />
      </main>
    );
  }
  if (!who.data) return <main className="board" aria-busy="true"><h1 className="sr-only">Connections</h1><p role="status">Loading…</p></main>;
  const here = (name: string) => (name === (place[0] ?? "connections") ? "page" : undefined);
  return (
    <>
      <header className="board-head">
        {who.data.demonstration && <p className="test-banner">Demonstration: private networks may be reached. Never run like this in production.</p>}
        <div className="board board-bar">
          <span className="brand">Connector host</span>
          <nav aria-label="Dashboard">
            <a href={linkTo("connections")} aria-current={here("connections")}>Connections</a>
            <a href={linkTo("events")} aria-current={here("events")}>Events</a>
            <a href={linkTo("plugins")} aria-current={here("plugins")}>Plugins</a>
          </nav>
          <button type="button" className="button small" onClick={() => void operatorApi.logout().finally(who.reload)}>Sign out</button>
        </div>
      </header>
      <main className="board">
        <Readiness place={place.join("/")} />
        <FaultBoundary key={place.join("/")} fallback={<Fault />}>{pageAt(place)}</FaultBoundary>
      </main>
    </>
  );
}

function Fault() {
  return (
    <>
      <h1 id="heading" tabIndex={-1}>This page has stopped working</h1>
      <p className="lead">The fault is the dashboard’s; nothing of the host is harmed. The browser’s console says what it was.</p>
      <div className="actions"><button type="button" className="button primary" onClick={() => location.reload()}>Try again</button></div>
    </>
  );
}

function pageAt([section, id, part, one]: Place) {
  if (section === "plugins") return <PluginsPage />;
  if (section === "events" && id !== "endpoints") return <EventsPage />;
  if (section === "events") return part ? <EndpointPage id={part} key={part} /> : <EndpointsPage />;
  if (!id) return <ConnectionsPage />;
  if (part === "catalog") return one ? <OfferPage id={id} offer={one} /> : <CatalogPage id={id} />;
  if (part === "orders") return one ? <OrderPage id={id} order={one} /> : <OrdersPage id={id} />;
  if (part === "webhooks") return one ? <DeliveryPage id={id} delivery={one} /> : <WebhooksPage id={id} />;
  if (part === "cart") return <CartPage id={id} />;
  return <ConnectionPage id={id} />;
}

// One offer: pictures, variants, prices and stock.
import { operatorApi, type OfferDetail } from "../api/operator";
import { ProblemNotice } from "../parts/ProblemNotice";
import { Picture } from "./Picture";
import { Price } from "./Price";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";

export function OfferPage({ id, offer }: { id: string; offer: string }) {
  const { data, problem } = useLoaded(() => operatorApi.offer(id, offer), `offer ${id} ${offer}`);
  const title = data?.offer.title?.default ?? data?.summary?.title ?? offer;
  return (
    <>
      <p className="crumbs">
        <a href={linkTo("connections")}>Connections</a> / <a href={linkTo("connections", id)}>Connection</a> / <a href={linkTo("connections", id, "catalog")}>Catalog</a>
      </p>
      <h1 id="heading" tabIndex={-1}>{data ? title : problem ? "Offer" : "Loading…"}</h1>
      {problem && <ProblemNotice problem={problem} />}
      {data && (
        <>
          <p className="lead">{[data.offer.brand, data.summary?.status, `id ${offer}`].filter(Boolean).join(" · ")}</p>
          {data.offer.excluded && <p>Not sold through channels: {data.offer.excluded.reason}</p>}
          <div className="pictures">
            {data.offer.media?.slice(0, 6).map(({ id: media, url, alt }) => <Picture key={media} url={url} alt={alt ?? ""} />)}
          </div>
          <Variants detail={data} />
        </>
      )}
    </>
  );
}

function Variants({ detail }: { detail: OfferDetail }) {
  const pricesOf = (variant: string) => detail.prices.filter(({ variant_id }) => variant_id === variant);
  const stockOf = (variant: string) => detail.inventory.filter(({ variant_id }) => variant_id === variant).reduce((sum, { available }) => sum + (available ?? 0), 0);
  return (
    <div className="table card" tabIndex={0} role="region" aria-label="Variants">
      <table>
        <thead>
          <tr><th scope="col">Variant</th><th scope="col">SKU</th><th scope="col">Prices</th><th scope="col">In stock</th></tr>
        </thead>
        <tbody>
          {detail.offer.variants?.map((variant) => (
            <tr key={variant.id}>
              <th scope="row">{variant.title}{variant.excluded && <span className="small-text"> {variant.excluded.reason}</span>}</th>
              <td>{variant.sku ?? "–"}</td>
              <td>{pricesOf(variant.id).map((price, index) => <div key={index}><Price price={price} /></div>)}{pricesOf(variant.id).length === 0 && "–"}</td>
              <td>{stockOf(variant.id)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

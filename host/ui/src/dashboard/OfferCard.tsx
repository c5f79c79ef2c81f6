// One offer in the list, with its first picture.
import { operatorApi, type OfferSummary } from "../api/operator";
import { Picture } from "./Picture";
import { Price } from "./Price";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";
import { words } from "./words";

export function OfferCard({ connection, offer }: { connection: string; offer: OfferSummary }) {
  // The list carries no pictures; a page of twelve asks for twelve offers.
  const { data } = useLoaded(() => operatorApi.offer(connection, offer.id), `offer ${connection} ${offer.id}`);
  const picture = data?.offer.media?.find(({ kind }) => kind === "image");
  const price = data?.prices[0];
  return (
    <li className="card">
      <Picture url={picture?.url} alt={picture?.alt ?? ""} />
      <div>
        <a href={linkTo("connections", connection, "catalog", offer.id)}>{offer.title ?? offer.id}</a>
        {price && <p><Price price={price} /></p>}
        <p className="small-text">{offer.status} · {offer.variants} variants</p>
        {offer.excluded && <p className="small-text">Not sold through channels: {words(offer.excluded)}</p>}
      </div>
    </li>
  );
}

// One offer in the list, with its first picture.
import { operatorApi, type OfferSummary } from "../api/operator";
import { Picture } from "./Picture";
import { useLoaded } from "./use_loaded";
import { linkTo } from "./use_place";

export function OfferCard({ connection, offer }: { connection: string; offer: OfferSummary }) {
  // The list carries no pictures; a page of twelve asks for twelve offers.
  const { data } = useLoaded(() => operatorApi.offer(connection, offer.id), `offer ${connection} ${offer.id}`);
  const picture = data?.offer.media?.find(({ kind }) => kind === "image");
  return (
    <li className="card">
      <Picture url={picture?.url} alt={picture?.alt ?? ""} />
      <div>
        <a href={linkTo("connections", connection, "catalog", offer.id)}>{offer.title ?? offer.id}</a>
        <p className="small-text">{offer.status} · {offer.variants} variants</p>
      </div>
    </li>
  );
}

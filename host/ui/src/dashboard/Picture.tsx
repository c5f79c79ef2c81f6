// A picture from the store, or an empty place of the same size.
import { useState } from "react";

export function Picture({ url, alt }: { url?: string; alt: string }) {
  const [broken, setBroken] = useState<string>();
  if (!url || broken === url) return <div className="picture" />;
  return <img className="picture" src={url} alt={alt} loading="lazy" referrerPolicy="no-referrer" onError={() => setBroken(url)} />;
}

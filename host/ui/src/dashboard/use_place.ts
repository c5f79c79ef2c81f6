// Where in the dashboard one is: the fragment of the address, so that the host serves one file.
import { useEffect, useState } from "react";

export type Place = string[];

export function usePlace(): Place {
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const follow = () => setPlace(read());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return place;
}

function read(): Place {
  return location.hash.replace(/^#\/?/u, "").split("/").filter(Boolean).map(decodeURIComponent);
}

export function linkTo(...place: Place): string {
  return `#/${place.map(encodeURIComponent).join("/")}`;
}

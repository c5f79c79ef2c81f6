// Something read from the host: what came, what went wrong, and how to read it again.
import { useCallback, useEffect, useState } from "react";
import { Problem } from "../api/problem";

export interface Loaded<T> {
  data?: T;
  problem?: Problem;
  reload: () => void;
}

export function useLoaded<T>(read: () => Promise<T>, key: string): Loaded<T> {
  const [state, setState] = useState<{ key: string; data?: T; problem?: Problem }>({ key });
  const [count, setCount] = useState(0);
  useEffect(() => {
    let wanted = true;
    read().then(
      (data) => wanted && setState({ key, data }),
      (error: unknown) => wanted && setState({ key, problem: error instanceof Problem ? error : Problem.unreachable() }),
    );
    return () => {
      wanted = false;
    };
    // `key` says what `read` reads.
  }, [key, count]);
  const reload = useCallback(() => setCount((before) => before + 1), []);
  return { ...(state.key === key ? state : {}), reload };
}

// To the next page of a list, and back to the first.
interface PagingProps {
  cursor?: string;
  next?: string | null;
  onGo: (cursor?: string) => void;
}

export function Paging({ cursor, next, onGo }: PagingProps) {
  if (!cursor && !next) return null;
  return (
    <div className="actions">
      {cursor && <button type="button" className="button" onClick={() => onGo(undefined)}>First page</button>}
      {next && <button type="button" className="button" onClick={() => onGo(next)}>Next page</button>}
    </div>
  );
}

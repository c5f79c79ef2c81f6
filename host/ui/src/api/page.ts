// A page of a list, as the host answers it.
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

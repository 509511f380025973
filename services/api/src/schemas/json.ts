type JsonValue<V> = V extends Date ? string : V
type Json<T> = { [K in keyof T]: JsonValue<T[K]> }

/** A catalog row with its dates as ISO strings. */
export function json<T extends object>(row: T): Json<T> {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Date ? value.toISOString() : value
  ])
  return Object.fromEntries(entries) as Json<T>
}

/** A catalog page as the API answers it. */
export const jsonPage = <T, R>(
  page: { items: T[]; nextCursor: string | undefined },
  present: (item: T) => R
) => ({ items: page.items.map(present), nextCursor: page.nextCursor ?? null })

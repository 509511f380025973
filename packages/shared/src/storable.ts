/**
 * A copy whose texts every store of ours takes: jsonb refuses NUL, and neither it nor UTF-8 has half of a surrogate pair. What
 * programs print and queries give may hold both.
 */
export function storable<T>(value: T): T {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd') as T
  if (Array.isArray(value)) return value.map(each => storable(each)) as T
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, storable(each)])) as T
}

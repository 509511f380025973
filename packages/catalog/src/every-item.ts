import type { Page, PageQuery } from './catalog.ts'

const PAGE = 200

/** Every item of a list, page after page; whoever stops asking reads no further. */
export async function* everyItem<T>(
  list: (query: PageQuery) => Promise<Page<T>>
): AsyncGenerator<T> {
  let cursor: string | undefined
  do {
    const page = await list({ limit: PAGE, cursor })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor)
}

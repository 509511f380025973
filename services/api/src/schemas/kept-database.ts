import type { KeptDatabase as CatalogKept } from '@resguardo/catalog'
import { Type } from 'typebox'
import { DateTime, Id, named } from './fields.ts'
import { json } from './json.ts'

export const KeptDatabase = named(
  'KeptDatabase',
  Type.Object(
    {
      restoreId: Id,
      targetSourceId: Id,
      database: Type.String({ description: 'The name it had' }),
      keptAs: Type.String({ description: 'The name it has' }),
      state: Type.Enum(['kept', 'undone', 'removed']),
      keepUntil: DateTime,
      createdAt: DateTime
    },
    { description: 'A database that a swap replaced, or that its undo put aside' }
  )
)

export const presentKept = (kept: CatalogKept) => json(kept)

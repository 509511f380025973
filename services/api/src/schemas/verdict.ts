import type { PolicyVerdict as CatalogVerdict } from '@resguardo/catalog'
import { findingKinds } from '@resguardo/domain'
import { type Static, Type } from 'typebox'
import { DateTime, Id, named, nullable, ref } from './fields.ts'

export const Level = Type.Enum(['ok', 'warning', 'critical'])

export const Finding = named(
  'Finding',
  Type.Object(
    {
      kind: Type.Enum([...findingKinds]),
      level: Type.Enum(['warning', 'critical']),
      message: Type.String({ description: 'What happened and what it means' }),
      hint: Type.String({ description: 'What to do' })
    },
    { description: 'Something that is not as it should be' }
  )
)

export const PolicyVerdict = named(
  'PolicyVerdict',
  Type.Object(
    {
      policyId: Id,
      policy: Type.String({ description: 'Name of the policy' }),
      level: Level,
      findings: Type.Array(ref(Finding)),
      newestAt: nullable(DateTime),
      ageSeconds: nullable(Type.Integer({ description: 'Age of the newest good backup' })),
      goodBackups: Type.Integer(),
      storedBytes: nullable(Type.Integer({ description: 'Of the newest good backup' }))
    },
    { description: 'How a policy stands' }
  )
)

export const presentVerdict = (
  { policy, level, findings, facts }: CatalogVerdict,
  now: Date
): Static<typeof PolicyVerdict> => ({
  policyId: policy.id,
  policy: policy.name,
  level,
  findings,
  newestAt: facts.newestAt?.toISOString() ?? null,
  ageSeconds:
    facts.newestAt && Math.max(0, Math.floor((now.getTime() - facts.newestAt.getTime()) / 1000)),
  goodBackups: facts.goodBackups,
  storedBytes: facts.bytes[0] ?? null
})

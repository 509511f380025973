import { type Incident, readVerdicts, type Verdicts } from '@resguardo/catalog'
import type { Dependencies } from '../dependencies.ts'
import { incidentMessage } from '../incident-message.ts'
import { notify } from '../notify.ts'
import { setPolicyGauges } from '../policy-gauges.ts'

/** Judges everything, keeps gauges and incidents in step with it, and tells the channels what changed. */
export async function watch(dependencies: Dependencies): Promise<void> {
  const { catalog } = dependencies
  const now = new Date()
  const verdicts = await readVerdicts(catalog, now)
  setPolicyGauges(dependencies, verdicts, now)
  const { opened, closed, worsened } = await catalog.incidents.reconcile([
    ...verdicts.system.findings.map(finding => ({ policyId: null, ...finding })),
    ...verdicts.policies.flatMap(({ policy, findings }) =>
      findings.map(finding => ({ policyId: policy.id, ...finding }))
    )
  ])
  for (const incident of [...opened, ...worsened, ...closed])
    await tell(dependencies, incident, verdicts, now)
}

async function tell(
  dependencies: Dependencies,
  incident: Incident,
  verdicts: Verdicts,
  now: Date
): Promise<void> {
  const { catalog, log } = dependencies
  const { kind, level, message, closedAt } = incident
  log[closedAt ? 'info' : 'warn']({ kind, level, message, policyId: incident.policyId }, 'incident')
  const policy = verdicts.policies.find(one => one.policy.id === incident.policyId)?.policy
  const channelIds = policy ? policy.channelIds : (await catalog.channels.all()).map(({ id }) => id)
  const source = policy ? (await catalog.sources.get(policy.sourceId)).name : null
  const context = { policy: policy?.name ?? null, source, now }
  await notify(dependencies, channelIds, incidentMessage(incident, context), incident.id)
}

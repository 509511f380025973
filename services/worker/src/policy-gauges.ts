import type { Verdicts } from '@resguardo/catalog'
import { findingKinds, type Level } from '@resguardo/domain'
import type { Dependencies } from './dependencies.ts'

const values: Record<Level, number> = { ok: 0, warning: 1, critical: 2 }

/** Keeps the gauges in step with the verdicts; a policy that is gone leaves no series. */
export function setPolicyGauges({ metrics }: Dependencies, verdicts: Verdicts, now: Date): void {
  for (const gauge of [
    metrics.policyStatus,
    metrics.policyFinding,
    metrics.policyBackupAge,
    metrics.policyBackups,
    metrics.policyRpo
  ])
    gauge.reset()
  metrics.systemStatus.set(values[verdicts.system.level])
  for (const { policy, level, findings, facts, objectives } of verdicts.policies) {
    const labels = { policy: policy.name }
    metrics.policyStatus.set(labels, values[level])
    metrics.policyBackups.set(labels, facts.goodBackups)
    metrics.policyRpo.set(labels, objectives.rpoMinutes * 60)
    if (facts.newestAt)
      metrics.policyBackupAge.set(labels, (now.getTime() - facts.newestAt.getTime()) / 1000)
    for (const { kind, level } of findings)
      metrics.policyFinding.set({ ...labels, kind }, values[level])
  }
  for (const kind of findingKinds) {
    const found = verdicts.system.findings.find(finding => finding.kind === kind)
    if (found) metrics.policyFinding.set({ policy: '', kind }, values[found.level])
  }
}

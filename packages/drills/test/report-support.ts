import type { DrillSummary, ReportFacts, ReportPolicy } from '../src/report/period-report.ts'

export const at = (time: string) => new Date(`2026-${time}Z`)

let drills = 0

/** A drill of policy `shop` that passed, and ended then. */
export function drill(ended: string, change: Partial<DrillSummary> = {}): DrillSummary {
  drills += 1
  return {
    id: `drill-${drills}`,
    policyId: 'shop',
    policyName: 'shop-production',
    backupId: `backup-${drills}`,
    outcome: 'passed',
    startedAt: new Date(at(ended).getTime() - 300_000),
    finishedAt: at(ended),
    restoreSeconds: 100,
    rtoMet: true,
    ...change
  }
}

export const policy = (change: Partial<ReportPolicy> = {}): ReportPolicy => ({
  id: 'shop',
  name: 'shop-production',
  drillDays: 30,
  rtoObjectiveSeconds: 300,
  ...change
})

/** The third quarter, reported on a day after it. */
export const quarter = (
  drills: DrillSummary[],
  change: Partial<ReportFacts> = {}
): ReportFacts => ({
  from: at('07-01T00:00:00'),
  to: at('10-01T00:00:00'),
  now: at('10-02T08:00:00'),
  policies: [policy()],
  drills,
  ...change
})

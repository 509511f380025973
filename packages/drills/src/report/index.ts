export { reportHtml } from './html.ts'
export { type DrillSummary, periodReport } from './period-report.ts'
export { DrillReport } from './schema.ts'

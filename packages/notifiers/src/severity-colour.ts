import type { Severity } from './notifier.ts'

export const severityColour: Record<Severity, string> = {
  info: '#2e7d32',
  warning: '#f9a825',
  critical: '#c62828'
}

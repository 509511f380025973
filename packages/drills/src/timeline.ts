import type { Reporter } from '@resguardo/engines'

/** Phases with their times, reported as they begin. */
export function timeline(report: Reporter) {
  const phases: { phase: string; startedAt: string; seconds: number }[] = []
  let since = 0
  const close = () => {
    const current = phases.at(-1)
    if (current && since > 0) current.seconds = Math.round(performance.now() - since) / 1000
    since = 0
  }
  return {
    phases,
    phase: () => phases.filter(({ phase }) => phase !== 'leaving').at(-1)?.phase ?? 'preparing',
    close,
    async enter(phase: string) {
      close()
      phases.push({ phase, startedAt: new Date().toISOString(), seconds: 0 })
      since = performance.now()
      await report.phase(phase)
    }
  }
}

export type Timeline = ReturnType<typeof timeline>

import type { Backup, Policy, Source, StoredEvidence } from '@resguardo/catalog'
import { type DrillPlan, lockUntil } from '@resguardo/domain'
import {
  type DrillResult,
  type Evidence,
  evidenceHtml,
  keyFingerprint,
  measureObjectives,
  serialiseEvidence,
  signEvidence
} from '@resguardo/drills'
import { type Manifest, publicKeyOf, type Repository } from '@resguardo/repository'
import { version } from '@resguardo/shared'
import type { Dependencies } from './dependencies.ts'
import type { Attempt } from './processor.ts'

interface Drilled {
  policy: Policy
  plan: DrillPlan
  backup: Backup
  source: Source
  repository: Repository
  manifest: Manifest | null
  result: DrillResult
}

interface Ended {
  policy: Policy
  /** Null: it did not come to one. */
  backup: Backup | null
  result: DrillResult
  finishedAt: Date
}

interface Proof {
  rtoMet: boolean | null
  evidence: StoredEvidence | null
  /** Null: it could not be stored in the repository. */
  evidenceKey: string | null
}

const none: Proof = { rtoMet: null, evidence: null, evidenceKey: null }

/** Signs what a drill found, stores it in the repository and in the catalog, and marks a backup that does not restore. */
export async function storeEvidence(
  dependencies: Dependencies,
  attempt: Attempt,
  drilled: Drilled
): Promise<void> {
  const { SIGNING_KEY } = dependencies.config
  const finishedAt = new Date()
  const evidence = await describe(dependencies, attempt, drilled, finishedAt)
  const json = serialiseEvidence(evidence)
  const jsonSignature = signEvidence(json, SIGNING_KEY)
  const html = evidenceHtml(evidence, { signature: jsonSignature })
  const htmlSignature = signEvidence(Buffer.from(html), SIGNING_KEY)
  const { id } = attempt.run
  const files = {
    [`${id}.json`]: json,
    [`${id}.json.sig`]: Buffer.from(jsonSignature),
    [`${id}.html`]: Buffer.from(html),
    [`${id}.html.sig`]: Buffer.from(htmlSignature)
  }
  const evidenceKey = await store(drilled, files).catch(err => {
    attempt.log.error({ err }, 'evidence could not be stored in the repository; the catalog has it')
    return null
  })
  const proof = {
    rtoMet: evidence.measured.rtoMet,
    evidence: { json: json.toString(), html, jsonSignature, htmlSignature },
    evidenceKey
  }
  await recordDrill(dependencies, attempt, { ...drilled, finishedAt }, proof)
}

/** Records how a drill ended, with or without evidence: without a record nobody would hear of it. */
export async function recordDrill(
  { catalog, metrics }: Dependencies,
  { run, claim, persist, log }: Attempt,
  { policy, backup, result, finishedAt }: Ended,
  { rtoMet, evidence, evidenceKey }: Proof = none
): Promise<void> {
  const { outcome, reason, startedAt, restoreSeconds } = result
  await persist(() =>
    catalog.drills.record(
      {
        id: run.id,
        policyId: policy.id,
        policyName: policy.name,
        sourceId: backup?.sourceId ?? policy.sourceId,
        backupId: backup?.id ?? null,
        outcome,
        reason,
        restoreSeconds,
        rtoMet,
        startedAt,
        finishedAt,
        evidenceKey
      },
      evidence,
      claim
    )
  )
  if (backup && outcome === 'failed' && provesDamage(result))
    await persist(() =>
      catalog.backups.markDamaged(backup.id, {
        code: reason!.code,
        message: `A drill found: ${reason!.message}`,
        hint: reason!.hint,
        retryable: false
      })
    ).catch(err => log.error({ err, backupId: backup.id }, 'a backup could not be marked damaged'))
  metrics.drillsFinished.inc({ policy: policy.name, outcome })
  if (outcome === 'passed')
    metrics.drillLastPassed.set({ policy: policy.name }, finishedAt.getTime() / 1000)
  if (restoreSeconds !== null)
    metrics.drillRestoreSeconds.set({ policy: policy.name }, restoreSeconds)
  log.info({ outcome, reason, backupId: backup?.id ?? null, restoreSeconds }, 'drill ended')
}

/** Checks that hold the restored data against the backup itself; a query of an operator may fail on a whole backup. */
const integrity = new Set(['starts', 'row-counts', 'content-hash', 'amcheck', 'schema'])

const provesDamage = ({ checks, reason }: DrillResult) =>
  reason!.phase !== 'checking' ||
  checks.some(({ kind, outcome }) => outcome === 'failed' && integrity.has(kind))

/** Locked like a backup made now: as long as the policy's rules want one. */
async function store(
  { policy, source, repository }: Drilled,
  files: Record<string, Buffer>
): Promise<string> {
  const until = lockUntil(policy.spec, new Date())
  const lock = policy.spec.lock && until && { mode: policy.spec.lock.mode, until }
  let first: string | undefined
  for (const [name, bytes] of Object.entries(files)) {
    const key = await repository.writeEvidence(source.name, name, bytes, lock)
    first ??= key
  }
  return first!
}

async function describe(
  { catalog, config, clients, workerId }: Dependencies,
  { run }: Attempt,
  { policy, plan, backup, source, repository, manifest, result }: Drilled,
  finishedAt: Date
): Promise<Evidence> {
  const { objectives } = policy.spec
  const later = (await catalog.backups.list({ policyId: policy.id, limit: 200 })).items
    .filter(other => other.state === 'available' && other.startedAt > backup.startedAt)
    .map(other => other.finishedAt)
    .sort((a, b) => a.getTime() - b.getTime())
  const snapshotAt = manifest ? new Date(manifest.snapshot.at) : backup.startedAt
  const proof = await repository.manifestProof(source.name, backup.id)
  const { restored } = result
  return {
    formatVersion: 1,
    kind: 'resguardo-drill-evidence',
    drillId: run.id,
    policy: { id: policy.id, name: policy.name },
    source: { name: source.name },
    backup: {
      id: backup.id,
      repositoryId: repository.repositoryId,
      manifestSha256: proof.sha256,
      startedAt: backup.startedAt.toISOString(),
      finishedAt: backup.finishedAt.toISOString(),
      snapshot: { lsn: manifest?.snapshot.lsn ?? null, at: snapshotAt.toISOString() },
      storedBytes: backup.storedBytes,
      plainBytes: backup.plainBytes
    },
    keys: {
      manifestSigner: proof.signer && keyFingerprint(proof.signer),
      recipients: manifest?.encryption.recipients ?? [],
      evidenceSigner: keyFingerprint(publicKeyOf(config.SIGNING_KEY))
    },
    startedBy: run.requestedBy,
    requestId: run.requestId,
    tool: {
      name: 'resguardo',
      version,
      clients: clients.map(({ version }) => version),
      node: process.version
    },
    worker: workerId,
    where: { kind: plan.where.kind, serverVersion: result.serverVersion },
    outcome: result.outcome,
    reason: result.reason,
    timeline: result.timeline,
    measured: {
      ...measureObjectives({
        startedAt: result.startedAt,
        snapshotAt,
        replacedAt: later[0] ?? null,
        restoreSeconds: result.restoreSeconds,
        rtoObjectiveSeconds: objectives.rtoMinutes * 60,
        rpoObjectiveSeconds: objectives.rpoMinutes * 60
      }),
      rows: restored?.rows ?? null,
      tables: restored?.tables ?? null,
      bytes: restored?.bytes ?? null
    },
    checks: result.checks,
    logTail: result.logTail,
    createdAt: finishedAt.toISOString()
  }
}

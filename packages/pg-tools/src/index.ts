export {
  type ClientPrograms,
  chooseClient,
  findClientPrograms,
  majorOf
} from './client-programs.ts'
export { connect, type PgTarget, pgEnv, withConnection } from './connection.ts'
export { copyInStage, copyOutStage } from './copy-stages.ts'
export { dropDatabase } from './drop-database.ts'
export { explainPgError, explainStage } from './explain.ts'
export { ident, literal, qualified } from './quote.ts'
export { readSchemaObjects } from './schema-objects.ts'
export {
  freePort,
  type ScratchCluster,
  type ScratchClusterOptions,
  startScratchCluster,
  unprivilegedUser
} from './scratch-cluster.ts'
export {
  type DumpOptions,
  pgDumpGlobalsStage,
  pgDumpStage,
  pgRestoreListStage,
  pgRestoreStage,
  type RestoreOptions
} from './stages.ts'
export { readTableContent, type TableContent, useStableText } from './table-content.ts'

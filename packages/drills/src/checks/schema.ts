import { majorOf, readSchemaObjects, useStableText } from '@resguardo/pg-tools'
import type { Manifest } from '@resguardo/repository'
import { defineCheck } from '../check.ts'
import { count, details } from './details.ts'
import { type Client, withSession } from './session.ts'
import { wrongCheck } from './wrong-check.ts'

type Objects = Record<string, string>

/** Every object of the schema, by name and definition, as the source had it at the moment of the backup. */
export const schema = defineCheck({
  kind: 'schema',
  run: (context, _check) =>
    withSession(context, async client => {
      const { manifest } = context
      await refuseOtherMajor(client, manifest)
      const source = objectsOf(manifest)
      await useStableText(client)
      const restored = await readSchemaObjects(client)
      const rights = await hasRoles(client, manifest.roles)
      const differences = compare(source, restored).filter(({ name }) => rights || !isRights(name))
      return {
        passed: differences.length === 0,
        expected: `${count(Object.keys(source).length, 'object')} as in the source${rights ? '' : ', without owners and grants: roles are missing'}`,
        actual: `${count(Object.keys(restored).length, 'object')}: ${count(differences.length, 'difference')}`,
        details: details(differences.map(({ name, how }) => `${name}: ${how}`))
      }
    })
})

function objectsOf({ id, selection, schemaObjects }: Manifest): Objects {
  if (selection)
    throw wrongCheck(
      `Backup ${id} is of a part of its database: its schema is not the source's`,
      'Take the check schema out of the plan.'
    )
  if (schemaObjects) return schemaObjects
  throw wrongCheck(
    `Backup ${id} does not tell the schema of its source`,
    'Backups made from now on do: choose a newer one, or make one.'
  )
}

/** Each major writes definitions in its own way. */
async function refuseOtherMajor(client: Client, { source }: Manifest) {
  const { rows } = await client.query<{ num: number }>(
    `SELECT current_setting('server_version_num')::int AS num`
  )
  const [was, is] = [majorOf(source.serverVersionNum), majorOf(rows[0]!.num)]
  if (was === is) return
  throw wrongCheck(
    `The source was PostgreSQL ${was}, the restored server is ${is}: their definitions are not comparable`,
    'Drill on a scratch cluster, which has the major of the source.'
  )
}

/** Where a role is missing, the restore left owners and grants out. */
async function hasRoles(client: Client, roles: string[]) {
  const { rows } = await client.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM pg_roles WHERE rolname = ANY ($1)',
    [roles]
  )
  return rows[0]!.n === roles.length
}

/** `public` comes with every new database, also where the source had dropped it: it is no difference that it is there. */
function compare(source: Objects, restored: Objects) {
  const names = [...new Set([...Object.keys(source), ...Object.keys(restored)])].sort()
  return names.flatMap(name => {
    if (!(name in restored)) return [{ name, how: 'missing' }]
    if (!(name in source)) return isPublic(name) ? [] : [{ name, how: 'not in the source' }]
    return source[name] === restored[name] ? [] : [{ name, how: 'different' }]
  })
}

const isRights = (name: string) => name.startsWith('rights of ')
const isPublic = (name: string) => /^(rights of )?schema public$/.test(name)

import { type TProperties, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { PolicySpec } from './policy.ts'
import { applyProfile } from './profiles.ts'

/** What has a default may be left out, and is not filled in: a profile must see what somebody wrote. */
function lenient(schema: TSchema): TSchema {
  const { default: _, ...rest } = schema as TSchema & Record<string, unknown>
  const { properties, items, anyOf } = rest as {
    properties?: TProperties
    items?: TSchema
    anyOf?: TSchema[]
  }
  if (anyOf) return Type.Union(anyOf.map(lenient), title(schema))
  if (items) return { ...rest, items: lenient(items) }
  if (!properties) return rest
  const required = new Set((schema as { required?: string[] }).required)
  const fields = Object.entries(properties).map(([name, property]) => {
    const field = lenient(property)
    const mayBeLeftOut = !required.has(name) || 'default' in property
    return [name, mayBeLeftOut ? Type.Optional(field) : field]
  })
  return Type.Object(Object.fromEntries(fields), { additionalProperties: false, ...title(schema) })
}

const title = (schema: TSchema) => {
  const { title } = schema as { title?: string }
  return title ? { title } : {}
}

/** A policy's spec as people write it. */
export const policyInputFields = (
  lenient(PolicySpec) as TSchema & { properties: Record<keyof PolicySpec, TSchema> }
).properties

/** The whole spec from what was written: the profile first, then the defaults. It must fit `policyInputFields`. */
export const completePolicy = (written: Record<string, unknown>): PolicySpec =>
  Value.Parse(PolicySpec, Value.Default(PolicySpec, applyProfile(structuredClone(written))))

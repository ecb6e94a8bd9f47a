import type { ZodObject } from 'zod'
import type { Unsupported } from './check-request.ts'

/**
 * A request's schema as the API's document has it, with a body that is answered, but for its `model`. What JSON Schema can't say of a
 * field, such as rules between fields, is in the field's description: "Refused …".
 */
export function toldRequest<S extends ZodObject>(schema: S, example: object, unsupported: Unsupported = {}): S {
  const refused = Object.entries(unsupported).map(([field, { why, neutral = [] }]) => [
    field,
    { description: `Not supported. ${why}`, enum: [...neutral, null] },
  ])
  return schema.meta({ examples: [example], ...(refused.length > 0 && { allOf: [{ properties: Object.fromEntries(refused) }] }) })
}

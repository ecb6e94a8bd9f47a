import { setImmediate } from 'node:timers/promises'
import { type ZodObject, type ZodType, z } from 'zod'
import type { HttpPayload } from '../packets.ts'
import { checkRequest, type Unsupported } from './check-request.ts'

/** Elements that are checked at once: a millisecond, or a few in a process that has just started. */
const together = 512

/**
 * `checkRequest` for bodies whose `field` may be a list of thousands: its elements are checked some at a time, and other requests
 * have their turn between.
 */
export function longRequestCheck<T>(schema: ZodObject & ZodType<T>, field: string, unsupported: Unsupported = {}) {
  const list = listIn(schema.shape[field])
  const shape = { ...schema.shape, [field]: z.core.clone(list, { ...list.def, element: z.unknown() }).optional() }
  /** Takes the elements as they are. */
  const rest = z.core.clone(schema, { ...schema.def, shape })
  return async (json: unknown, ignored?: HttpPayload['ignored']): Promise<T> => {
    const body = isObject(json) ? json : {}
    const elements = Object.getOwnPropertyDescriptor(body, field)?.value
    if (!Array.isArray(elements) || elements.length <= together) return checkRequest(schema, json, unsupported, ignored)
    const checked: unknown[] = []
    for (let start = 0; start < elements.length; start += together) {
      const part = z.array(list.element).safeParse(elements.slice(start, start + together))
      // All together, so that the first fault of the body is told.
      if (!part.success) return checkRequest(schema, json, unsupported, ignored)
      checked.push(...part.data)
      await setImmediate()
    }
    const whole = checkRequest(rest, { ...body, [field]: checked }, unsupported, ignored)
    // It is read next, all of it.
    await setImmediate()
    return whole
  }
}

const isObject = (json: unknown): json is object => typeof json === 'object' && json !== null && !Array.isArray(json)

/** The list that a field is or may be. */
function listIn(schema: unknown): z.ZodArray {
  if (schema instanceof z.ZodArray) return schema
  if (schema instanceof z.ZodOptional) return listIn(schema.unwrap())
  if (schema instanceof z.ZodUnion) return listIn(schema.options.find((option) => option instanceof z.ZodArray))
  throw new TypeError('The field is no list.')
}

import { setImmediate } from 'node:timers/promises'
import { calculator } from '../../engine/index.ts'
import { ApiObject, Body } from '../packets.ts'
import { toJson } from './to-json.ts'

/** Characters that take this thread for milliseconds. */
const many = 256 * 1024
/** Elements of a list that are written at once: a thousand vectors would take the thread for a tenth of a second. */
const few = 32
/** Numbers, of which a thousand take it for a tenth of a millisecond. */
const someNumbers = 4096

/**
 * Writes each object as a JSON body, at the object's time. Between the parts of a long list other requests have their turn.
 *
 * @example
 * - calculator: JsonSerializerCalculator
 *   input_stream:  { OBJECT: object }
 *   output_stream: { BODY: body }
 */
export const JsonSerializerCalculator = calculator({ inputs: { OBJECT: ApiObject }, outputs: { BODY: Body } }, ({ outputs }) => ({
  async process({ OBJECT }) {
    const { data } = OBJECT.value
    const text = hasLongList(data) ? await inParts(data) : toJson(data)
    // It is encoded and sent next: other requests have their turn between.
    if (text.length > many) await setImmediate()
    outputs.BODY.send({ contentType: 'application/json', data: text })
  },
}))

const isLong = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length > few
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

/** Whether there is a long list in it, no deeper than APIs have theirs. */
const hasLongList = (value: unknown, depth = 2): boolean =>
  isLong(value) || (isObject(value) && depth > 0 && Object.values(value).some((each) => hasLongList(each, depth - 1)))

/** What `toJson` writes. */
async function inParts(value: unknown): Promise<string> {
  if (isLong(value)) return listToJson(value)
  if (!isObject(value) || !hasLongList(value)) return toJson(value)
  const fields: string[] = []
  for (const [name, each] of Object.entries(value)) {
    if (each !== undefined) fields.push(`${JSON.stringify(name)}:${await inParts(each)}`)
  }
  return `{${fields.join(',')}}`
}

async function listToJson(list: readonly unknown[]): Promise<string> {
  const parts: string[] = []
  const together = typeof list[0] === 'number' ? someNumbers : few
  for (let from = 0; from < list.length; from += together) {
    parts.push(toJson(list.slice(from, from + together)).slice(1, -1))
    await setImmediate()
  }
  return `[${parts.join(',')}]`
}

import { setImmediate } from 'node:timers/promises'
import { calculator } from '../../engine/index.ts'
import { ApiObject, Body } from '../packets.ts'

/** Characters that take this thread for milliseconds. */
const many = 256 * 1024

/**
 * Writes each object as a JSON body, at the object's time.
 *
 * @example
 * - calculator: JsonSerializerCalculator
 *   input_stream:  { OBJECT: object }
 *   output_stream: { BODY: body }
 */
export const JsonSerializerCalculator = calculator({ inputs: { OBJECT: ApiObject }, outputs: { BODY: Body } }, ({ outputs }) => ({
  async process({ OBJECT }) {
    const data = JSON.stringify(OBJECT.value.data)
    // It is encoded and sent next: other requests have their turn between.
    if (data.length > many) await setImmediate()
    outputs.BODY.send({ contentType: 'application/json', data })
  },
}))

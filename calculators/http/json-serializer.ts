import { calculator } from '../../engine/index.ts'
import { ApiObject, Body } from '../packets.ts'

/**
 * Writes each object as a JSON body, at the object's time.
 *
 * @example
 * - calculator: JsonSerializerCalculator
 *   input_stream:  { OBJECT: object }
 *   output_stream: { BODY: body }
 */
export const JsonSerializerCalculator = calculator({ inputs: { OBJECT: ApiObject }, outputs: { BODY: Body } }, ({ outputs }) => ({
  process({ OBJECT }) {
    outputs.BODY.send({ contentType: 'application/json', data: JSON.stringify(OBJECT.value.data) })
  },
}))

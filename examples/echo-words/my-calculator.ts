import { ApiObject, checkRequest, Payload } from 'ovms-ts/calculators'
import { calculator, EngineError } from 'ovms-ts/engine'
import { z } from 'zod'

const fields = z.object({ text: z.string().trim().min(1), stream: z.boolean().default(false) })

/**
 * Sends the words of the request's `text` back: one object for each word when the request says `stream: true`, else one
 * object with all of them.
 *
 * @example
 * - calculator: EchoWordsCalculator
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { OBJECT: word }
 *   options: { longest: 100 }
 */
export const EchoWordsCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { OBJECT: ApiObject },
    options: z.strictObject({ longest: z.int().min(1).default(1000).describe('Words beyond it are refused.') }),
    timestampOffset: 'own',
    schemas: () => ({ request: fields }),
  },
  ({ outputs, options }) => ({
    async process({ PAYLOAD }) {
      const { text, stream } = checkRequest(fields, PAYLOAD.value.json)
      const words = text.split(/\s+/)
      if (words.length > options.longest) {
        throw new EngineError('invalid_value', `text has more than ${options.longest} words.`, { param: 'text' })
      }
      if (!stream) return outputs.OBJECT.send({ data: { words } })
      for (const word of words) {
        outputs.OBJECT.send({ data: { word } })
        await outputs.OBJECT.ready
      }
    },
  }),
)

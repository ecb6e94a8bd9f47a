import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { ApiObject, Vectors } from '../packets.ts'

/**
 * Makes the answer of Text Embeddings Inference's embed, at the vectors' time: a list of lists of numbers. Source: TEI's `/embed`.
 *
 * @example
 * - calculator: TeiEmbedResponseCalculator
 *   input_stream:  { VECTORS: vectors }
 *   output_stream: { OBJECT: object }
 */
export const TeiEmbedResponseCalculator = calculator(
  { inputs: { VECTORS: Vectors }, outputs: { OBJECT: ApiObject }, schemas: () => ({ response: TeiEmbedAnswer }) },
  ({ outputs }) => ({
    process({ VECTORS }) {
      outputs.OBJECT.send({ data: VECTORS.value.map((vector) => [...vector]) })
    },
  }),
)

const TeiEmbedAnswer = z.array(z.array(z.number()))

import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { ApiObject, Vectors } from '../packets.ts'

/**
 * Makes the answer of Text Embeddings Inference's embed_sparse, at the vectors' time: for each text the elements that are not 0, of
 * which VECTORS has index and weight in turn. Source: TEI's `/embed_sparse`.
 *
 * @example
 * - calculator: TeiEmbedSparseResponseCalculator
 *   input_stream:  { VECTORS: vectors }
 *   output_stream: { OBJECT: object }
 */
export const TeiEmbedSparseResponseCalculator = calculator(
  { inputs: { VECTORS: Vectors }, outputs: { OBJECT: ApiObject }, schemas: () => ({ response: TeiEmbedSparseAnswer }) },
  ({ outputs }) => ({
    process({ VECTORS }) {
      outputs.OBJECT.send({ data: VECTORS.value.map(elementsOf) })
    },
  }),
)

const elementsOf = (entries: Float32Array) =>
  Array.from({ length: entries.length / 2 }, (_, entry) => ({ index: entries[2 * entry]!, value: entries[2 * entry + 1]! }))

const TeiEmbedSparseAnswer = z.array(z.array(z.strictObject({ index: z.int().min(0), value: z.number() })))

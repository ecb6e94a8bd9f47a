import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import { Encoder, Owners, PairedTexts, Tokenizer, Tokens } from '../packets.ts'

/**
 * Turns a query and documents into what a cross-encoder reads: for each document the query and the document in one, in as many
 * overlapping pieces as the model's length makes necessary. Beside the ids their types, and which document each is a piece of;
 * all at the packet's time. A query longer than half of the model's length is cut, as OVMS does it.
 *
 * @example
 * - calculator: PairTokenizerCalculator
 *   input_side_packet: { TOKENIZER: tokenizer, ENCODER: encoder }
 *   input_stream:  { PAIRS: pairs }
 *   output_stream: { TOKENS: tokens, TYPE_IDS: types, OWNERS: owners }
 *   options: { overlap: 32 }
 */
export const PairTokenizerCalculator = calculator(
  {
    inputs: { PAIRS: PairedTexts },
    outputs: { TOKENS: Tokens, TYPE_IDS: Tokens, OWNERS: Owners },
    sides: { TOKENIZER: Tokenizer, ENCODER: Encoder },
    options: z.strictObject({
      overlap: z.int().min(0).default(32).describe('Tokens that two pieces of a document share.'),
      max_allowed_chunks: z.int().min(1).default(10_000).describe('Pieces of all documents of a request together.'),
    }),
  },
  ({ outputs, sides: { TOKENIZER, ENCODER }, options }) => ({
    async process({ PAIRS }) {
      const { query, documents, maxTokens, maxChunks } = PAIRS.value
      checkChunks(documents.length, 'before', options.max_allowed_chunks)
      const pairing = { maxLength: ENCODER.maxLength, overlap: options.overlap }
      const texts = maxTokens === undefined ? documents : await Promise.all(documents.map((text) => beginning(text, maxTokens)))
      const pieces = await Promise.all(texts.map((text) => TOKENIZER.encodePair(query, text, pairing)))
      const kept = pieces.map((each) => each.slice(0, maxChunks))
      const all = kept.flat()
      checkChunks(all.length, 'after', options.max_allowed_chunks)
      outputs.TOKENS.send(all.map(({ ids }) => ids))
      outputs.TYPE_IDS.send(all.map(({ typeIds }) => typeIds))
      outputs.OWNERS.send(kept.flatMap((each, document) => each.map(() => document)))

      async function beginning(text: string, maxLength: number): Promise<string> {
        return TOKENIZER.decode(await TOKENIZER.encode(text, { addSpecialTokens: false, maxLength }))
      }
    },
  }),
)

function checkChunks(chunks: number, when: 'before' | 'after', most: number): void {
  if (chunks <= most) return
  const message = `documents make ${chunks} pieces ${when} they are cut to the model's length; at most ${most} are accepted.`
  throw new EngineError('invalid_value', message, { param: 'documents' })
}

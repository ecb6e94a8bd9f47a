import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import type { ModelInit } from './architecture.ts'
import { SMALLEST_ROOM } from './chunks.ts'
import type { ModelFiles } from './model-files.ts'

/** What a `graph.yaml` may say of a language model. Names are OVMS's and vLLM's. */
export const TextGenerationOptions = z
  .strictObject({
    max_num_seqs: z
      .int()
      .min(1)
      .max(256)
      .default(16)
      .describe('Answers decoded in one batch; as many rows of the cache are reserved.'),
    max_num_queued_seqs: z
      .int()
      .min(0)
      .optional()
      .describe('Answers that may wait for a row; 4 × max_num_seqs if not set. More are refused with 503.'),
    max_num_batched_tokens: z
      .int()
      .min(4)
      .default(256)
      .describe('Tokens computed between two tokens of an answer: longer prompts are cut into chunks, at multiples of 64.'),
    precision: z
      .enum(['int8', 'keep'])
      .default('keep')
      .describe('int8: the weights are rewritten to 8 bits when the model is loaded; keep: they stay as the file has them.'),
    max_model_len: z.int().min(4).optional().describe("Tokens of prompt and answer together; the model's own length if not set."),
  })
  .prefault({})

export type TextGenerationOptions = z.infer<typeof TextGenerationOptions>

/** What a host process needs to open the model. */
export function modelInit(files: ModelFiles, options: TextGenerationOptions): ModelInit {
  const maxLength = options.max_model_len ?? files.contextLength
  if (maxLength > files.contextLength) {
    const message = `max_model_len is ${maxLength}, but the model was made for ${files.contextLength} tokens. Lower it.`
    throw new EngineError('bad_model', message)
  }
  const { file, names, kvHeads, headSize, vocabularySize } = files
  const rows = options.max_num_seqs
  const maxBatchedTokens = Math.max(options.max_num_batched_tokens, SMALLEST_ROOM)
  return { file, precision: options.precision, names, kvHeads, headSize, vocabularySize, rows, maxLength, maxBatchedTokens }
}

import { z } from 'zod'
import { inferenceNumThreads } from '../threads.ts'

const sharedOptions = {
  model_file: z
    .string()
    .optional()
    .describe('The ONNX file in the directory, like onnx/model_quantized.onnx; not needed for model.onnx and the only one.'),
  max_length: z
    .int()
    .min(2)
    .optional()
    .describe("Tokens of one text at most; the model's own length if not set, or what its share of half of the memory holds."),
  truncate: z
    .boolean()
    .default(false)
    .describe('Whether longer texts are cut at their end; if not, they are refused with 400. Requests may say otherwise.'),
  max_batch_tokens: z
    .int()
    .min(16)
    .optional()
    .describe('Tokens computed together, padding included; 256 for each thread if not set. More only holds up those who come.'),
  max_queued_tokens: z
    .int()
    .min(1)
    .default(1_048_576)
    .describe('Requests are refused with 503 while texts of so many tokens wait to be computed.'),
  deterministic: z
    .boolean()
    .default(false)
    .describe(
      'Whether each text is computed alone: its vector is then the same to the last bit in any company, and slower to come by.',
    ),
  precision: z
    .enum(['int8', 'keep'])
    .default('keep')
    .describe('int8: the weights are rewritten to 8 bits when the model is loaded; keep: they stay as the file has them.'),
  inference_num_threads: inferenceNumThreads,
}

export const EmbeddingsOptions = z
  .strictObject({
    ...sharedOptions,
    pooling: z
      .enum(['CLS', 'MEAN', 'LAST', 'SPLADE'])
      .optional()
      .describe(
        "How a text's vector is made of its tokens'; as the sentence-transformers files say if not set, else MEAN. SPLADE: sparse, of the logits of a masked language model.",
      ),
    prompts: z
      .record(z.string(), z.string())
      .default({})
      .describe('What is put before texts, by the use that they are for, like { query: "query: " }; beside those of the files.'),
    default_prompt_name: z
      .string()
      .optional()
      .describe(
        'The prompt, or the task, of texts of which a request says nothing; as the sentence-transformers files say if not set.',
      ),
    normalize_embeddings: z
      .boolean()
      .optional()
      .describe('Whether vectors have length 1; as the sentence-transformers files say if not set, else they have.'),
  })
  .prefault({})

export const RerankOptions = z
  .strictObject({
    ...sharedOptions,
    max_allowed_chunks: z
      .int()
      .min(1)
      .default(10_000)
      .describe('Pieces that the documents of one request may be cut into, a document that fits counting as one.'),
    activation: z
      .enum(['sigmoid', 'softmax', 'identity'])
      .optional()
      .describe(
        "What score and classify make of the model's logits; as config.json says if not set, else sigmoid of one and softmax of several. What rerank tells is between 0 and 1.",
      ),
    instruction: z
      .string()
      .min(1)
      .optional()
      .describe(
        "What decoders such as Qwen3-Reranker are told to look for; the model's own if not set. Requests may say otherwise.",
      ),
  })
  .prefault({})

export type EmbeddingsOptions = z.infer<typeof EmbeddingsOptions>
export type RerankOptions = z.infer<typeof RerankOptions>

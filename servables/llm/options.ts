import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { reasoningParsers, toolParsers } from '../answer-format/index.ts'
import { inferenceNumThreads } from '../threads.ts'
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
      .default(64)
      .describe('Answers decoded in one batch; as many rows of the cache are reserved.'),
    max_num_queued_seqs: z
      .int()
      .min(0)
      .optional()
      .describe('Answers that may wait for a row; 4 × max_num_seqs if not set. More are refused with 503.'),
    max_num_queued_tokens: z
      .int()
      .min(1)
      .default(65_536)
      .describe('Requests are refused with 503 while prompts of so many tokens wait to be computed.'),
    max_num_batched_tokens: z
      .int()
      .min(4)
      .default(256)
      .describe('Tokens computed between two tokens of an answer: longer prompts are cut into chunks, at multiples of 64.'),
    dynamic_split_fuse: z
      .boolean()
      .default(true)
      .describe('Whether prompts are cut into chunks. If not, those longer than max_num_batched_tokens are refused.'),
    cache_size: z
      .number()
      .min(0)
      .default(0)
      .describe('Memory for the keys and values of all answers and kept prefixes, in GB; 0: up to half of the memory.'),
    enable_prefix_caching: z
      .boolean()
      .default(true)
      .describe('Whether what was computed of a prompt is kept for prompts that begin the same.'),
    prefix_cache_size: z
      .number()
      .min(0)
      .default(1)
      .describe('Memory for kept prefixes, in GB, as far as cache_size allows; the least recently used go first.'),
    precision: z
      .enum(['int8', 'keep'])
      .default('keep')
      .describe('int8: the weights are rewritten to 8 bits when the model is loaded; keep: they stay as the file has them.'),
    prompt_lookup: z
      .boolean()
      .default(false)
      .describe('Whether answers are guessed ahead where they repeat what stands before: faster, with the same answers.'),
    draft_models_path: z
      .string()
      .min(1)
      .optional()
      .describe('Directory of a smaller model with the same tokens, which guesses ahead; relative to the model.'),
    draft_max_num_seqs: z
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe('Answers that the draft model follows at once; max_num_seqs if not set.'),
    draft_max_num_batched_tokens: z
      .int()
      .min(4)
      .optional()
      .describe('Tokens that the draft model computes at once; max_num_batched_tokens if not set.'),
    draft_cache_size: z
      .number()
      .min(0)
      .default(0)
      .describe("Memory for the draft model's keys and values, in GB; 0: up to half of the memory."),
    best_of_limit: z.int().min(1).default(20).describe('Answers of which a request can have the best, or beams of its search.'),
    tool_parser: z
      .enum(toolParsers)
      .default('auto')
      .describe("How the model writes calls of functions; auto: as its chat template shows; none: they aren't looked for."),
    enable_tool_guided_generation: z
      .boolean()
      .default(false)
      .describe("Whether calls are held to their functions' schemas also where a request does not ask for it (strict)."),
    reasoning_parser: z
      .enum(reasoningParsers)
      .default('auto')
      .describe("How the model writes its reasoning; auto: as its chat template shows; none: it isn't told apart."),
    stream_interval: z
      .int()
      .min(0)
      .max(1000)
      .default(16)
      .describe('Milliseconds that tokens of short steps may wait, to be sent together; 0: none waits.'),
    inference_num_threads: inferenceNumThreads,
    max_model_len: z
      .int()
      .min(4)
      .optional()
      .describe(
        "Tokens of prompt and answer together; the model's own length if not set. With LongRoPE (Phi) that is the original one; more has all positions rotated for long texts.",
      ),
    model_file: z
      .string()
      .optional()
      .describe('The ONNX file in the directory, like onnx/model_q4.onnx; not needed for model.onnx and the only one.'),
  })
  .refine(({ prompt_lookup, draft_models_path }) => !prompt_lookup || draft_models_path === undefined, {
    error: 'guesses by a draft model take the place of those by prompt lookup; set one of the two',
    path: ['prompt_lookup'],
  })
  .prefault({})

const gigabyte = 2 ** 30

export type TextGenerationOptions = z.infer<typeof TextGenerationOptions>

/**
 * What a host process needs to open the model.
 *
 * @param threads those of its sessions, unless the options say; undefined: as many as there are cores
 * @param draft files of the model at `draft_models_path`, if one is set
 * @throws EngineError `bad_model`
 */
export function modelInit(
  files: ModelFiles,
  options: TextGenerationOptions,
  { threads, draft: draftFiles }: { readonly threads?: number | undefined; readonly draft?: ModelFiles | undefined } = {},
): ModelInit {
  const { originalLength = files.contextLength } = files
  const maxLength = options.max_model_len ?? Math.min(originalLength, files.contextLength)
  if (maxLength > files.contextLength) {
    const message = `max_model_len is ${maxLength}, but the model was made for ${files.contextLength} tokens. Lower it.`
    throw new EngineError('bad_model', message)
  }
  const { file, names, kvHeads, headSize, vocabularySize, sliding } = files
  return {
    file,
    precision: options.precision,
    threads: options.inference_num_threads ?? threads,
    names,
    kvHeads,
    headSize,
    vocabularySize,
    rows: options.max_num_seqs,
    maxLength,
    rowLength: Math.max(maxLength, sliding.window),
    slidingWindow: sliding.everywhere ? sliding.window : undefined,
    longRotation: maxLength > originalLength,
    maxBatchedTokens: Math.max(options.max_num_batched_tokens, SMALLEST_ROOM),
    splitPrompts: options.dynamic_split_fuse,
    streamInterval: options.stream_interval,
    cacheBytes: options.cache_size * gigabyte,
    prefixCacheBytes: options.enable_prefix_caching ? options.prefix_cache_size * gigabyte : 0,
    guessing: draftFiles
      ? draftInit(draftFiles, options, maxLength, threads)
      : options.prompt_lookup
        ? 'prompt_lookup'
        : undefined,
  }
}

/** A draft model has no prefixes and no batch of its own: it follows the answers of the other. */
function draftInit(files: ModelFiles, options: TextGenerationOptions, maxLength: number, threads: number | undefined): ModelInit {
  const { draft_max_num_seqs, draft_max_num_batched_tokens } = options
  const own = {
    ...options,
    prompt_lookup: false,
    cache_size: options.draft_cache_size,
    enable_prefix_caching: false,
    max_num_seqs: draft_max_num_seqs ?? options.max_num_seqs,
    max_num_batched_tokens: draft_max_num_batched_tokens ?? options.max_num_batched_tokens,
    max_model_len: Math.min(maxLength, files.contextLength),
  }
  return modelInit(files, own, { threads })
}

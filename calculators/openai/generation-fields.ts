import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import type { AnswerWish, Llm, SamplingParams } from '../../servables/index.ts'
import type { GenerationRequestValue, HttpPayload, TokenizerOptionsValue } from '../packets.ts'
import type { Unsupported } from './check-request.ts'
import { choiceFields, toChoiceParams } from './choice-fields.ts'
import { idleFields } from './idle-fields.ts'
import { structuredOutputFields } from './structured-output.ts'
import { tokenFields, toTokenParams } from './token-fields.ts'

const largestSeed = 2 ** 63

/** Text is held back while it may become one, and compared again with each token. */
const stopString = z.string().min(1).max(256)

/** The sizes of a pattern and how often it comes, by which an answer is found to repeat itself. Looked for behind each token. */
const repetitionDetection = z
  .object({
    max_pattern_size: z.int().min(0).max(1024),
    min_pattern_size: z.int().min(0).max(1024).nullish(),
    min_count: z.int().min(2).max(1024),
  })
  .superRefine(({ max_pattern_size: most, min_pattern_size: least }, context) => {
    if ((least ?? 0) <= most) return
    const message = `must be at most max_pattern_size, which is ${most}`
    context.addIssue({ code: 'custom', path: ['min_pattern_size'], message, input: least })
  })

/** What chat and completions requests have in common: how tokens are chosen, when answers end, how they come back. */
export const generationFields = {
  stream: z.boolean().describe('Refused in a beam search.').optional(),
  stream_options: z
    .object({
      include_usage: z.boolean().nullish(),
      continuous_usage_stats: z.boolean().nullish(),
      // OpenAI's padding against eavesdroppers; there is none here.
      include_obfuscation: z.boolean().nullish(),
    })
    .describe('Refused without a stream.')
    .optional(),
  ...choiceFields,
  max_tokens: z.int().min(1).max(4_294_967_295).optional(),
  temperature: z.number().min(0).max(2).describe('Refused above 0 in a beam search.').optional(),
  top_p: z.number().gt(0).max(1).optional(),
  top_k: z.int().min(-1, { error: 'must be a positive number of tokens, or -1 for all' }).max(4_294_967_295).optional(),
  min_p: z.number().min(0).lt(1).optional(),
  typical_p: z.number().gt(0).max(1).optional(),
  seed: z
    .number({ error: 'must be an integer of 64 bits' })
    .refine((seed) => Number.isInteger(seed) && Math.abs(seed) <= largestSeed, { error: 'must be an integer of 64 bits' })
    .meta({ type: 'integer', description: 'Refused beyond 64 bits.' })
    .optional(),
  stop: z
    .union([stopString, z.array(stopString).max(16)], { error: 'must be a string or a list of up to 16 strings' })
    .describe('Refused in a beam search.')
    .optional(),
  include_stop_str_in_output: z.boolean().optional(),
  ignore_eos: z.boolean().optional(),
  cache_salt: z.string().min(1).max(512).optional(),
  priority: z.int().min(-2_147_483_648).max(2_147_483_647).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  // Beyond, logits would not be finite.
  repetition_penalty: z.number().min(0.01).max(100).optional(),
  no_repeat_ngram_size: z.int().min(0).max(4_294_967_295).optional(),
  repetition_detection: repetitionDetection.describe('Refused in a beam search.').optional(),
  thinking_token_budget: z
    .int()
    .min(-1, { error: 'must be a number of tokens, or -1 for any number' })
    .max(4_294_967_295)
    .describe('Refused by models that are not known to reason.')
    .optional(),
  min_tokens: z.int().min(0).describe('Refused above `max_tokens`.').optional(),
  prompt_logprobs: z.int().min(0).max(20).describe('Refused in a stream.').optional(),
  return_token_ids: z.boolean().optional(),
  return_tokens_as_token_ids: z.boolean().optional(),
  skip_special_tokens: z.boolean().optional(),
  add_special_tokens: z.boolean().optional(),
  truncate_prompt_tokens: z
    .int()
    .refine((tokens) => tokens === -1 || tokens > 0, { error: 'must be at least 1, or -1 for as many as the model can answer' })
    .meta({ anyOf: [{ const: -1 }, { minimum: 1 }] })
    .optional(),
  truncation_side: z.enum(['left', 'right']).optional(),
  request_id: z
    .string()
    .regex(/^[a-zA-Z0-9_.:-]{1,128}$/, { error: 'must be 1 to 128 letters, digits or "._:-"' })
    .optional(),
  num_assistant_tokens: z.int().min(1).max(4_294_967_295).optional(),
  max_ngram_size: z.int().min(1).max(4_294_967_295).optional(),
  assistant_confidence_threshold: z.number().gt(0).max(1).describe('Refused beside `num_assistant_tokens`.').optional(),
  ...tokenFields,
  ...structuredOutputFields,
  ...idleFields,
}

/** Fields of OpenAI, vLLM, OVMS and transformers that would change the answer and that this server does not obey. */
export const unsupportedGenerationFields: Unsupported = {
  num_beams: { neutral: [1], why: 'Beams are asked for by "best_of" with "use_beam_search": true.' },
  num_beam_groups: { neutral: [1], why: 'The beams of a search are one group.' },
  diversity_penalty: { neutral: [0], why: 'The beams of a search are one group.' },
  logits_processors: { neutral: [[]], why: "Requests can't bring code." },
  prompt_embeds: { why: 'Send text or token ids.' },
  kv_transfer_params: { why: 'Caches are not moved between servers.' },
}

type GenerationFields = z.infer<z.ZodObject<typeof generationFields>>

/** `stream_options` says how to stream, so it needs a stream. For `superRefine` of a request's schema. */
export function streamOptionsNeedStream(
  fields: Pick<GenerationFields, 'stream' | 'stream_options'>,
  context: z.core.$RefinementCtx,
): void {
  if (fields.stream_options && fields.stream !== true) {
    context.addIssue({
      code: 'custom',
      path: ['stream_options'],
      message: 'is only allowed with "stream": true',
      input: fields.stream_options,
    })
  }
}

/** A prompt's logprobs would come before all else, which no chunk has a place for. For `superRefine` of a request's schema. */
export function promptLogprobsNeedWhole(fields: GenerationFields, context: z.core.$RefinementCtx): void {
  if (fields.prompt_logprobs === undefined || fields.stream !== true) return
  const message = 'is not available with "stream": true'
  context.addIssue({ code: 'custom', path: ['prompt_logprobs'], message, input: fields.prompt_logprobs })
}

/** How far to guess ahead is said in tokens or in confidence. For `superRefine` of a request's schema. */
export function guessesHaveOneLimit(fields: GenerationFields, context: z.core.$RefinementCtx): void {
  const { num_assistant_tokens, assistant_confidence_threshold: input } = fields
  if (num_assistant_tokens === undefined || input === undefined) return
  const message = 'is not available with "num_assistant_tokens"'
  context.addIssue({ code: 'custom', path: ['assistant_confidence_threshold'], message, input })
}

/**
 * The request's values, else the model's own (generation_config.json), else OpenAI's. `usualTokens` is the API's length of an
 * answer whose request says none; it gives way to a prompt that leaves less room.
 */
export function toSamplingParams(
  fields: GenerationFields,
  maxTokens: number | undefined,
  { defaults, vocabularySize }: Pick<Llm, 'defaults' | 'vocabularySize'>,
  promptField: SamplingParams['promptField'],
  usualTokens?: number,
): SamplingParams {
  checkMinTokens(fields.min_tokens ?? 0, maxTokens ?? usualTokens)
  const temperature = fields.temperature ?? defaults.temperature ?? 1
  return {
    ...toChoiceParams(fields, temperature, maxTokens),
    maxTokens,
    usualTokens,
    temperature,
    topP: fields.top_p ?? defaults.topP ?? 1,
    topK: Math.max(0, fields.top_k ?? defaults.topK ?? 0),
    minP: fields.min_p ?? defaults.minP ?? 0,
    typicalP: fields.typical_p ?? defaults.typicalP ?? 1,
    repetitionPenalty: fields.repetition_penalty ?? defaults.repetitionPenalty ?? 1,
    ...(fields.no_repeat_ngram_size && { noRepeatNgram: fields.no_repeat_ngram_size }),
    ...repetitionOf(fields),
    presencePenalty: fields.presence_penalty ?? 0,
    frequencyPenalty: fields.frequency_penalty ?? 0,
    // JSON's integers go up to 2^63, ours stay exact below 2^53.
    seed: fields.seed === undefined ? undefined : fields.seed % Number.MAX_SAFE_INTEGER,
    stop: typeof fields.stop === 'string' ? [fields.stop] : (fields.stop ?? []),
    includeStopInOutput: fields.include_stop_str_in_output ?? false,
    ignoreEos: fields.ignore_eos ?? false,
    promptField,
    ...(fields.cache_salt !== undefined && { cacheSalt: fields.cache_salt }),
    ...(fields.priority !== undefined && { priority: fields.priority }),
    minTokens: fields.min_tokens ?? 0,
    promptLogprobs: fields.prompt_logprobs,
    returnTokens: fields.return_token_ids ?? false,
    ...(fields.skip_special_tokens !== undefined && { skipSpecialTokens: fields.skip_special_tokens }),
    guessing: {
      tokens: fields.num_assistant_tokens,
      ngramSize: fields.max_ngram_size,
      confidence: fields.assistant_confidence_threshold,
    },
    ...toTokenParams(fields, vocabularySize),
  }
}

function repetitionOf({ repetition_detection: asked }: GenerationFields): Pick<SamplingParams, 'repetition'> {
  if (!asked || asked.max_pattern_size === 0) return {}
  const { max_pattern_size: maxSize, min_pattern_size: minSize, min_count: count } = asked
  return { repetition: { minSize: Math.max(1, minSize ?? 1), maxSize, count } }
}

/** How long the request lets an answer reason. */
export const thinkingBudget = ({ thinking_token_budget: tokens = -1 }: GenerationFields): Pick<AnswerWish, 'thinking'> =>
  tokens < 0 ? {} : { thinking: { tokens, field: 'thinking_token_budget' } }

function checkMinTokens(minTokens: number, maxTokens: number | undefined): void {
  if (maxTokens === undefined || minTokens <= maxTokens) return
  const message = `min_tokens must be at most max_tokens, which is ${maxTokens}; got ${minTokens}.`
  throw new EngineError('invalid_value', message, { param: 'min_tokens' })
}

/** How the request wants its prompts tokenized. */
export const toTokenizerOptions = (fields: GenerationFields): TokenizerOptionsValue => ({
  addSpecialTokens: fields.add_special_tokens,
  truncation:
    fields.truncate_prompt_tokens === undefined
      ? undefined
      : {
          tokens: fields.truncate_prompt_tokens === -1 ? undefined : fields.truncate_prompt_tokens,
          side: fields.truncation_side ?? 'left',
        },
})

/** What shapes the answer. `idPrefix` is the API's: `chatcmpl-`, `cmpl-`. */
export function toGenerationRequest(
  fields: GenerationFields,
  { n, bestOf }: SamplingParams,
  payload: HttpPayload,
  idPrefix: string,
  { fingerprint }: Pick<Llm, 'fingerprint'> = {},
): GenerationRequestValue {
  const { include_usage, continuous_usage_stats } = fields.stream_options ?? {}
  return {
    model: payload.model,
    id: idPrefix + (fields.request_id ?? payload.requestId),
    created: Math.floor(Date.now() / 1000),
    stream: fields.stream ?? false,
    includeUsage: include_usage ?? false,
    ...(include_usage && continuous_usage_stats && { continuousUsage: true }),
    fingerprint,
    ...(fields.service_tier !== undefined && { serviceTier: 'default' }),
    n,
    ...(bestOf !== undefined && { bestOf }),
    ...(fields.return_token_ids && { returnTokenIds: true }),
    ...(fields.return_tokens_as_token_ids && { showIds: true }),
    ...(fields.prompt_logprobs !== undefined && { promptLogprobs: true }),
  }
}

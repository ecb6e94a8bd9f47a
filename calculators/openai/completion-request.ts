import { z } from 'zod'
import { calculator, EngineError, optional } from '../../engine/index.ts'
import type { Tokenizer as ModelTokenizer } from '../../servables/index.ts'
import type { CompletionPrompt, HttpPayload } from '../packets.ts'
import { CompletionRequest, Llm, Payload, Prompts, SamplingParams, Tokenizer, TokenizerOptions } from '../packets.ts'
import { checkRequest, type Unsupported } from './check-request.ts'
import {
  generationFields,
  guessesHaveOneLimit,
  promptLogprobsNeedWhole,
  streamOptionsNeedStream,
  toGenerationRequest,
  toSamplingParams,
  toTokenizerOptions,
  unsupportedGenerationFields,
} from './generation-fields.ts'
import { toldRequest } from './request-schema.ts'
import { toTextForm } from './structured-output.ts'
import { textsOrTokens, toList } from './texts-or-tokens.ts'
import { checkVocabulary } from './vocabulary.ts'

/** OpenAI's default length of an answer. */
const defaultMaxTokens = 16
const maxPrompts = 256

/**
 * Checks the body of a completions request, and says which field is wrong and how; then gives its prompts, texts or token ids, how
 * they are tokenized, how tokens are to be chosen, and what shapes the answer, all at the payload's time. With `suffix` a prompt is
 * written as the model has learnt to fill gaps. Source: OpenAI's API reference, with the extensions that vLLM and OVMS share.
 *
 * @example
 * - calculator: CompletionRequestCalculator
 *   input_side_packet: { LLM: llm, TOKENIZER: tokenizer }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, PROMPTS: prompts, OPTIONS: options, SAMPLING: sampling }
 */
export const CompletionRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: {
      REQUEST: CompletionRequest,
      PROMPTS: Prompts,
      OPTIONS: optional(TokenizerOptions),
      SAMPLING: SamplingParams,
    },
    sides: { LLM: Llm, TOKENIZER: optional(Tokenizer) },
    schemas: () => ({ request: ToldCompletion }),
  },
  ({ outputs, sides: { LLM, TOKENIZER } }) => ({
    process({ PAYLOAD }) {
      const fields = checkCompletionRequest(PAYLOAD.value.json, PAYLOAD.value.ignored)
      const { suffix, echo = false, logprobs } = fields
      const prompts = toList(fields.prompt)
      checkPrompts(prompts, fields.prompt, LLM.vocabularySize)
      const params = toSamplingParams(fields, fields.max_tokens, LLM, 'prompt', defaultMaxTokens)
      outputs.REQUEST.send({
        ...toGenerationRequest(fields, params, PAYLOAD.value, 'cmpl-', LLM),
        echo,
        logprobs: logprobs !== undefined,
        prompts,
      })
      outputs.OPTIONS?.send(toTokenizerOptions(fields))
      outputs.PROMPTS.send(suffix ? prompts.map((prompt) => withGap(prompt, suffix, TOKENIZER?.gap)) : prompts)
      const form = toTextForm(fields)
      const held = form && { grammar: form.grammar, grammarField: form.field }
      outputs.SAMPLING.send({
        ...params,
        ...held,
        logprobs,
        promptLogprobs: params.promptLogprobs ?? (echo ? logprobs : undefined),
      })
    },
  }),
)

const { thinking_token_budget: _, ...completionFields } = generationFields

const CompletionBody = z
  .object({
    ...completionFields,
    prompt: textsOrTokens(maxPrompts).describe("Refused beyond the model's length, and with ids that it has no tokens for."),
    max_tokens: z.int().min(0).max(4_294_967_295).describe('Refused at 0 without `echo`.').optional(),
    echo: z.boolean().optional(),
    suffix: z.string().describe('Refused beside `echo`, with token ids, and by models that fill no gaps.').optional(),
    // OVMS and vLLM take false for none, as chat does.
    logprobs: z
      .preprocess((value) => (value === false ? undefined : value), z.int().min(0).max(20).optional())
      .meta({ type: ['integer', 'boolean'], not: { const: true } })
      .optional(),
  })
  .superRefine(streamOptionsNeedStream)
  .superRefine(promptLogprobsNeedWhole)
  .superRefine(guessesHaveOneLimit)
  .superRefine(({ logprobs, logprob_token_ids: input }, context) => {
    if (!input?.length || logprobs !== undefined) return
    context.addIssue({ code: 'custom', path: ['logprob_token_ids'], message: 'is only allowed with "logprobs"', input })
  })
  .superRefine(({ max_tokens, echo }, context) => {
    if (max_tokens !== 0 || echo) return
    context.addIssue({ code: 'custom', path: ['max_tokens'], message: 'must be at least 1, unless "echo" is true', input: 0 })
  })

  .superRefine(({ suffix, echo, prompt }, context) => {
    if (!suffix) return
    const fault = (message: string) => context.addIssue({ code: 'custom', path: ['suffix'], message, input: suffix })
    if (echo) fault('is not available with "echo": true')
    if (toList(prompt).some((each) => typeof each !== 'string')) fault('is for prompts that are text')
  })

const unsupportedCompletionFields: Unsupported = {
  ...unsupportedGenerationFields,
  thinking_token_budget: { neutral: [-1], why: 'A completion is not read for reasoning; use chat/completions.' },
}

const ToldCompletion = toldRequest(CompletionBody, { prompt: 'Once upon a time', max_tokens: 16 }, unsupportedCompletionFields)

/** The checked fields of a completions request's JSON; what is wrong is thrown, with its `param`. */
export const checkCompletionRequest = (json: unknown, ignored?: HttpPayload['ignored']) =>
  checkRequest(CompletionBody, json, unsupportedCompletionFields, ignored)

type Prompt = z.infer<typeof CompletionBody>['prompt']

function checkPrompts(prompts: readonly CompletionPrompt[], given: Prompt, vocabularySize: number): void {
  for (const [index, prompt] of prompts.entries()) {
    if (typeof prompt !== 'string') checkVocabulary(prompt, vocabularySize, prompt === given ? 'prompt' : `prompt[${index}]`)
  }
}

/** The prompt and what follows the gap, as the model reads them. */
function withGap(prompt: CompletionPrompt, suffix: string, gap: ModelTokenizer['gap']): CompletionPrompt {
  if (typeof prompt !== 'string') return prompt
  if (gap) return gap(prompt, suffix)
  const message = 'suffix is not supported by this model: its tokenizer has no tokens for what stands before and behind a gap.'
  throw new EngineError(
    'unsupported_parameter',
    `${message} Leave it out, or ask a model that has them, such as one of Qwen2.5-Coder.`,
    {
      param: 'suffix',
    },
  )
}

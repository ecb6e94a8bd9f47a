import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import { CompletionRequest, Llm, Payload, SamplingParams, Texts, Tokens } from '../packets.ts'
import { checkRequest, type Unsupported } from './check-request.ts'
import {
  generationFields,
  guessesHaveOneLimit,
  promptLogprobsNeedWhole,
  streamOptionsNeedStream,
  toGenerationRequest,
  toSamplingParams,
  unsupportedGenerationFields,
} from './generation-fields.ts'

/** OpenAI's default length of an answer. */
const defaultMaxTokens = 16
const maxPrompts = 256

/**
 * Checks the body of a completions request, and says which field is wrong and how; then gives its prompts, how tokens are
 * to be chosen, and what shapes the answer, all at the payload's time. Prompts that are text come out by TEXTS, prompts
 * that are token ids by TOKENS. Source: OpenAI's API reference, with the extensions that vLLM and OVMS share.
 *
 * @example
 * - calculator: CompletionRequestCalculator
 *   input_side_packet: { LLM: llm }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, TEXTS: texts, TOKENS: ids, SAMPLING: sampling }
 */
export const CompletionRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: CompletionRequest, TEXTS: Texts, TOKENS: Tokens, SAMPLING: SamplingParams },
    sides: { LLM: Llm },
    schemas: () => ({ request: CompletionBody }),
  },
  ({ outputs, sides }) => ({
    process({ PAYLOAD }) {
      const fields = checkCompletionRequest(PAYLOAD.value.json)
      const prompts = toPrompts(fields.prompt)
      const echo = fields.echo ?? false
      const { logprobs } = fields
      const params = toSamplingParams(fields, fields.max_tokens, sides.LLM, 'prompt', defaultMaxTokens)
      outputs.REQUEST.send({
        ...toGenerationRequest(fields, params, PAYLOAD.value, 'cmpl-'),
        echo,
        logprobs: logprobs !== undefined,
        prompts: 'texts' in prompts ? prompts.texts : prompts.tokens,
      })
      if ('texts' in prompts) outputs.TEXTS.send(prompts.texts)
      else outputs.TOKENS.send(checkVocabulary(prompts.tokens, sides.LLM.vocabularySize))
      outputs.SAMPLING.send({ ...params, logprobs, promptLogprobs: params.promptLogprobs ?? (echo ? logprobs : undefined) })
    },
  }),
)

const tokenIds = z.array(z.int().min(0)).min(1)

const CompletionBody = z
  .object({
    ...generationFields,
    prompt: z.union(
      [z.string().min(1), z.array(z.string().min(1)).min(1).max(maxPrompts), tokenIds, z.array(tokenIds).min(1).max(maxPrompts)],
      { error: 'must be a string, a list of strings, token ids, or a list of lists of token ids; none of them empty' },
    ),
    max_tokens: z.int().min(0).max(4_294_967_295).optional(),
    echo: z.boolean().optional(),
    suffix: z.string().optional(),
    // OVMS and vLLM take false for none, as chat does.
    logprobs: z.preprocess((value) => (value === false ? undefined : value), z.int().min(0).max(20).optional()).optional(),
  })
  .superRefine(streamOptionsNeedStream)
  .superRefine(promptLogprobsNeedWhole)
  .superRefine(guessesHaveOneLimit)
  .superRefine(({ max_tokens, echo }, context) => {
    if (max_tokens !== 0 || echo) return
    context.addIssue({ code: 'custom', path: ['max_tokens'], message: 'must be at least 1, unless "echo" is true', input: 0 })
  })

const unsupportedCompletionFields: Unsupported = {
  ...unsupportedGenerationFields,
  suffix: [''],
  response_format: [{ type: 'text' }],
  add_special_tokens: [true],
}

/** The checked fields of a completions request's JSON; what is wrong is thrown, with its `param`. */
export const checkCompletionRequest = (json: unknown) => checkRequest(CompletionBody, json, unsupportedCompletionFields)

type Prompt = z.infer<typeof CompletionBody>['prompt']

/** The four spellings of a prompt as a list, of texts or of token ids. */
export function toPrompts(
  prompt: Prompt,
): { readonly texts: readonly string[] } | { readonly tokens: readonly (readonly number[])[] } {
  if (typeof prompt === 'string') return { texts: [prompt] }
  if (isListOf(prompt, 'string')) return { texts: prompt }
  return { tokens: isListOf(prompt, 'number') ? [prompt] : prompt }
}

function isListOf(prompt: readonly unknown[], kind: 'string'): prompt is string[]
function isListOf(prompt: readonly unknown[], kind: 'number'): prompt is number[]
function isListOf(prompt: readonly unknown[], kind: string): boolean {
  return typeof prompt[0] === kind
}

function checkVocabulary(prompts: readonly (readonly number[])[], vocabularySize: number) {
  for (const [index, prompt] of prompts.entries()) {
    const at = prompt.findIndex((token) => token >= vocabularySize)
    if (at < 0) continue
    const message = `Token id ${prompt[at]} is out of vocabulary; this model's ids go from 0 to ${vocabularySize - 1}.`
    throw new EngineError('invalid_value', message, { param: prompts.length > 1 ? `prompt[${index}][${at}]` : `prompt[${at}]` })
  }
  return prompts
}

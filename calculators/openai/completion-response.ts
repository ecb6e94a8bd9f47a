import { calculator, latest } from '../../engine/index.ts'
import type { CompletionRequestValue, DeltaFacts, TextDeltaValue } from '../packets.ts'
import { ApiObject, CompletionRequest, TextDelta, Tokenizer, Tokens } from '../packets.ts'
import { type Answer, foldDeltas, formatStop, heading, sendAnswer } from './answer.ts'
import { TextCompletion, TextCompletionChunk } from './completion-schemas.ts'
import { type CompletionToken, completionLogprobs, formatPromptLogprobs } from './logprobs.ts'
import { countCached, countTokens, formatUsage } from './usage.ts'

/**
 * Makes the answer of completions from text deltas. A streaming request gets a text_completion for each delta, and one more
 * with the usage if that was asked for; any other gets one, the fold of the same deltas, when the last choice has ended.
 * With `echo` a choice begins with its prompt, and its logprobs with the prompt's. Choices count prompts first: prompt
 * index × n + answer index. Objects count their own time. Source: OpenAI's API reference.
 *
 * @example
 * - calculator: CompletionResponseCalculator
 *   input_side_packet: { TOKENIZER: tokenizer }
 *   input_stream:  { DELTA: text, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const CompletionResponseCalculator = calculator(
  {
    inputs: { DELTA: TextDelta, REQUEST: latest(CompletionRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    sides: { TOKENIZER: Tokenizer },
    schemas: () => ({ response: TextCompletion, event: TextCompletionChunk }),
    timestampOffset: 'own',
  },
  ({ outputs, sides }) => {
    let send: ((delta: TextDeltaValue) => void) | undefined
    return {
      process({ DELTA, REQUEST, TOKENS }) {
        if (!send) {
          const request = REQUEST.value
          const prompts = TOKENS.value.map((tokens, index) => {
            const given = request.prompts[index]
            const bytes = sides.TOKENIZER.bytesOf(tokens[0]!)
            return {
              tokens,
              text: !request.echo ? '' : typeof given === 'string' ? given : sides.TOKENIZER.decode(tokens),
              first: { id: tokens[0]!, text: new TextDecoder().decode(bytes), bytes },
            }
          })
          const promptOf = (choice: number) => prompts[Math.floor(choice / request.n)]!
          const answer = (request.stream ? streamCompletion : foldCompletion)(request, countTokens(TOKENS.value), promptOf)
          send = sendAnswer(answer, prompts.length * (request.bestOf ?? request.n), outputs.OBJECT)
        }
        send(DELTA.value)
      },
    }
  },
)

/** What answers have of their prompts. */
interface Prompt {
  readonly tokens: readonly number[]
  /** What `echo` puts before the answer. */
  readonly text: string
  /** How its first token is shown. */
  readonly first: CompletionToken
}

type PromptOf = (choice: number) => Prompt

const noPrompt: PromptOf = () => ({ tokens: [], text: '', first: { id: 0, text: '', bytes: new Uint8Array(0) } })

/** The answer as a text_completion object for each delta. */
export function streamCompletion(
  request: CompletionRequestValue,
  promptTokens: number,
  promptOf = noPrompt,
): Answer<TextDeltaValue> {
  const format = formatChoices(request, promptOf)
  let completionTokens = 0
  const cached = countCached(request.n)
  const usage = () => formatUsage(promptTokens, completionTokens, cached.total())
  const chunk = (choices: readonly object[], told: object | null = request.continuousUsage ? usage() : null) => ({
    ...heading('text_completion', request),
    choices,
    ...(request.includeUsage && { usage: told }),
  })
  return {
    push(delta) {
      cached.push(delta)
      completionTokens += delta.tokens
      return [chunk([format(delta.choice, delta)])]
    },
    end: () => (request.includeUsage ? [chunk([], usage())] : []),
  }
}

/** The answer as one text_completion object. */
export function foldCompletion(
  request: CompletionRequestValue,
  promptTokens: number,
  promptOf = noPrompt,
): Answer<TextDeltaValue> {
  const format = formatChoices(request, promptOf)
  const fold = foldDeltas(request, '', (text, delta: TextDeltaValue) => text + delta.text)
  const cached = countCached(request.bestOf ?? request.n)
  return {
    push(delta) {
      fold.push(delta)
      cached.push(delta)
      return []
    },
    end: () => [
      {
        ...heading('text_completion', request),
        choices: fold.choices().map((choice) => format(choice.index, { ...choice, text: choice.content })),
        usage: formatUsage(promptTokens, fold.tokens(), cached.total()),
      },
    ],
  }
}

type Part = Pick<DeltaFacts, 'finish' | 'stop' | 'logprobs' | 'promptLogprobs' | 'ids'> & { readonly text: string }

/** Formats the parts of choices, of which the first has what comes of the prompt. */
function formatChoices(request: CompletionRequestValue, promptOf: PromptOf): (index: number, part: Part) => object {
  const logprobsOf = new Map<number, ReturnType<typeof completionLogprobs>>()
  return (index, { text, finish, stop, logprobs, promptLogprobs = [], ids = [] }) => {
    const isFirst = !logprobsOf.has(index)
    const format = logprobsOf.get(index) ?? completionLogprobs(request.showIds)
    logprobsOf.set(index, format)
    const prompt = promptOf(index)
    const echoed: readonly CompletionToken[] =
      isFirst && request.echo && request.logprobs ? [prompt.first, ...promptLogprobs] : []
    return {
      index,
      text: isFirst ? prompt.text + text : text,
      logprobs: request.logprobs ? format([...echoed, ...(logprobs ?? [])]) : null,
      finish_reason: finish ?? null,
      ...formatStop({ stop }),
      ...(isFirst && request.promptLogprobs && { prompt_logprobs: formatPromptLogprobs(promptLogprobs) }),
      ...(isFirst && request.returnTokenIds && { prompt_token_ids: prompt.tokens }),
      ...(request.returnTokenIds && { token_ids: ids }),
    }
  }
}

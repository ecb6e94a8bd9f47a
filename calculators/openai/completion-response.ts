import { calculator, latest } from '../../engine/index.ts'
import type { CompletionRequestValue, TextDeltaValue } from '../packets.ts'
import { ApiObject, CompletionRequest, TextDelta, Tokenizer, Tokens } from '../packets.ts'
import { type Answer, foldDeltas, sendAnswer } from './answer.ts'
import { countCached, countTokens, formatUsage } from './usage.ts'

/**
 * Makes the answer of completions from text deltas. A streaming request gets a text_completion for each delta, and one more
 * with the usage if that was asked for; any other gets one, the fold of the same deltas, when the last choice has ended.
 * With `echo` a choice begins with its prompt. Choices count prompts first: prompt index × n + answer index. Objects count
 * their own time. Source: OpenAI's API reference.
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
    timestampOffset: 'own',
  },
  ({ outputs, sides }) => {
    let send: ((delta: TextDeltaValue) => void) | undefined
    return {
      process({ DELTA, REQUEST, TOKENS }) {
        if (!send) {
          const request = REQUEST.value
          const echoes = request.echo
            ? request.prompts.map((prompt) => (typeof prompt === 'string' ? prompt : sides.TOKENIZER.decode(prompt)))
            : []
          const answer = (request.stream ? streamCompletion : foldCompletion)(request, countTokens(TOKENS.value))
          const choices = TOKENS.value.length * request.n
          send = sendAnswer(
            withEchoes(answer, (choice) => echoes[Math.floor(choice / request.n)] ?? ''),
            choices,
            outputs.OBJECT,
          )
        }
        send(DELTA.value)
      },
    }
  },
)

/** The answer as a text_completion object for each delta. */
export function streamCompletion(request: CompletionRequestValue, promptTokens: number): Answer {
  let completionTokens = 0
  const cached = countCached(request.n)
  const chunk = (choices: readonly object[], usage: object | null = null) => ({
    ...heading(request),
    choices,
    ...(request.includeUsage && { usage }),
  })
  return {
    push(delta) {
      const { choice: index, text, tokens, finish } = delta
      completionTokens += tokens
      cached.push(delta)
      return [chunk([{ index, text, logprobs: null, finish_reason: finish ?? null }])]
    },
    end: () => (request.includeUsage ? [chunk([], formatUsage(promptTokens, completionTokens, cached.total()))] : []),
  }
}

/** The answer as one text_completion object. */
export function foldCompletion(request: CompletionRequestValue, promptTokens: number): Answer {
  const fold = foldDeltas()
  const cached = countCached(request.n)
  return {
    push(delta) {
      fold.push(delta)
      cached.push(delta)
      return []
    },
    end: () => [
      {
        ...heading(request),
        choices: fold.choices().map(({ index, text, finish }) => ({ index, text, logprobs: null, finish_reason: finish })),
        usage: formatUsage(promptTokens, fold.tokens(), cached.total()),
      },
    ],
  }
}

/** Puts `echoOf(choice)` before the first text of each choice. */
function withEchoes(answer: Answer, echoOf: (choice: number) => string): Answer {
  const begun = new Set<number>()
  return {
    push(delta) {
      if (begun.has(delta.choice)) return answer.push(delta)
      begun.add(delta.choice)
      return answer.push({ ...delta, text: echoOf(delta.choice) + delta.text })
    },
    end: answer.end,
  }
}

const heading = ({ id, created, model }: CompletionRequestValue) => ({
  id,
  object: 'text_completion',
  created,
  model,
  system_fingerprint: null,
})

import { calculator, latest } from '../../engine/index.ts'
import type { AnswerPart, AnswerParser as ModelAnswerParser } from '../../servables/index.ts'
import type { DeltaFacts, MessageFinish, TextDeltaValue } from '../packets.ts'
import { AnswerFormat, AnswerWish, MessageDelta, TextDelta, Texts } from '../packets.ts'

/**
 * Reads what a model writes as an answer: its reasoning, its text, its calls of functions. A delta goes out at the time of the
 * text that completes it; texts that only wait send none, and what they tell beside their text goes with the next. An answer
 * that stops and has calls ends with `tool_calls`. TEXTS is the prompt, whose end tells whether reasoning has begun.
 *
 * @example
 * - calculator: AnswerParserCalculator
 *   input_side_packet: { ANSWER_FORMAT: format }
 *   input_stream:  { DELTA: text, WISH: wish, TEXTS: prompt }
 *   output_stream: { DELTA: message }
 */
export const AnswerParserCalculator = calculator(
  {
    inputs: { DELTA: TextDelta, WISH: latest(AnswerWish), TEXTS: latest(Texts) },
    outputs: { DELTA: MessageDelta },
    sides: { ANSWER_FORMAT: AnswerFormat },
  },
  ({ outputs, sides }) => {
    const choices = new Map<number, Choice>()
    return {
      process({ DELTA, WISH, TEXTS }) {
        const delta = DELTA.value
        let choice = choices.get(delta.choice)
        if (!choice) {
          choice = { parser: sides.ANSWER_FORMAT.parser(WISH.value, TEXTS.value[0] ?? ''), calls: false, waiting: undefined }
          choices.set(delta.choice, choice)
        }
        const parts = [...choice.parser.push(delta.text), ...(delta.finish ? choice.parser.end() : [])]
        choice.calls ||= parts.some(({ type }) => type === 'call')
        const facts = join(choice.waiting, delta)
        choice.waiting = parts.length === 0 && !delta.finish ? facts : undefined
        if (choice.waiting) return

        const finish: MessageFinish | undefined = delta.finish === 'stop' && choice.calls ? 'tool_calls' : delta.finish
        outputs.DELTA.send({ ...facts, finish, parts, ...(isReasoning(parts) && { reasoningTokens: facts.tokens }) })
      },
    }
  },
)

/** Where one choice stands. */
interface Choice {
  readonly parser: ModelAnswerParser
  /** Whether it has any. */
  calls: boolean
  /** What texts that wait in the parser have told beside. */
  waiting: DeltaFacts | undefined
}

const isReasoning = (parts: readonly AnswerPart[]) => parts.length > 0 && parts.every(({ type }) => type === 'reasoning')

/** What two deltas of a choice tell together, without their texts. */
function join(waiting: DeltaFacts | undefined, { text: _, ...facts }: TextDeltaValue): DeltaFacts {
  if (!waiting) return facts
  const { logprobs, promptLogprobs, ids } = facts
  return {
    ...facts,
    tokens: waiting.tokens + facts.tokens,
    ...(facts.logprob !== undefined && { logprob: (waiting.logprob ?? 0) + facts.logprob }),
    ...(logprobs && { logprobs: [...(waiting.logprobs ?? []), ...logprobs] }),
    ...((waiting.promptLogprobs ?? promptLogprobs) && { promptLogprobs: waiting.promptLogprobs ?? promptLogprobs }),
    ...(ids && { ids: [...(waiting.ids ?? []), ...ids] }),
  }
}

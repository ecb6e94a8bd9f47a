import { calculator, latest } from '../../engine/index.ts'
import type { AnswerPart, AnswerParser as ModelAnswerParser } from '../../servables/index.ts'
import type { DeltaFacts, MessageFinish, TextDeltaValue } from '../packets.ts'
import { AnswerFormat, AnswerWish, MessageDelta, SamplingParams, TextDelta, Texts } from '../packets.ts'
import { isHeldToEnd } from './held-to-end.ts'

/**
 * Reads what a model writes as an answer: its reasoning, its text, its calls of functions. A delta goes out at the time of the
 * text that completes it; texts that only wait send none, and what they tell beside their text goes with the next. An answer
 * that stops and has calls ends with `tool_calls`. TEXTS is the prompt, whose end tells whether reasoning has begun. An answer that
 * was held to a grammar and is not what its request wanted is a fault of ours, `invalid_output`.
 *
 * @example
 * - calculator: AnswerParserCalculator
 *   input_side_packet: { ANSWER_FORMAT: format }
 *   input_stream:  { DELTA: text, WISH: wish, TEXTS: prompt, SAMPLING: sampling }
 *   output_stream: { DELTA: message }
 */
export const AnswerParserCalculator = calculator(
  {
    inputs: { DELTA: TextDelta, WISH: latest(AnswerWish), TEXTS: latest(Texts), SAMPLING: latest(SamplingParams) },
    outputs: { DELTA: MessageDelta },
    sides: { ANSWER_FORMAT: AnswerFormat },
  },
  ({ outputs, sides }) => {
    const choices = new Map<number, Choice>()
    return {
      process({ DELTA, WISH, TEXTS, SAMPLING }) {
        const delta = DELTA.value
        let choice = choices.get(delta.choice)
        if (!choice) {
          const parser = sides.ANSWER_FORMAT.parser(WISH.value, TEXTS.value[0] ?? '')
          const answer = isHeldToEnd(SAMPLING.value) ? { content: '', calls: [] } : undefined
          choice = { parser, calls: false, unread: 0, waiting: undefined, answer }
          choices.set(delta.choice, choice)
        }
        const { parts, reasoningTokens } = read(choice, delta)
        if (choice.answer) collect(choice.answer, parts)
        if (choice.answer && delta.finish === 'stop') sides.ANSWER_FORMAT.check(WISH.value, choice.answer)
        choice.calls ||= parts.some(({ type }) => type === 'call')
        const facts = join(choice.waiting, delta)
        choice.waiting = parts.length === 0 && !delta.finish ? facts : undefined
        if (choice.waiting) return

        const finish: MessageFinish | undefined = delta.finish === 'stop' && choice.calls ? 'tool_calls' : delta.finish
        outputs.DELTA.send({ ...facts, finish, parts, ...(reasoningTokens > 0 && { reasoningTokens }) })
      },
    }
  },
)

/** Where one choice stands. */
interface Choice {
  readonly parser: ModelAnswerParser
  /** Whether it has any. */
  calls: boolean
  /** Tokens that have become no part yet. */
  unread: number
  /** What texts that wait in the parser have told beside. */
  waiting: DeltaFacts | undefined
  /** What has come of it, if it is to be checked at its end. */
  readonly answer: CollectedAnswer | undefined
}

interface CollectedAnswer {
  content: string
  readonly calls: { readonly name: string; arguments: string }[]
}

function collect(answer: CollectedAnswer, parts: readonly AnswerPart[]): void {
  for (const part of parts) {
    if (part.type === 'content') answer.content += part.text
    if (part.type === 'call') answer.calls.push({ name: part.name, arguments: '' })
    const call = answer.calls.at(-1)
    if (part.type === 'arguments' && call) call.arguments += part.text
  }
}

/**
 * The parts that a delta completes, and how many tokens made reasoning alone, with those that waited for it. It is read token by
 * token, so that their number is the same however many come at once.
 */
function read(
  choice: Choice,
  delta: TextDeltaValue,
): { readonly parts: readonly AnswerPart[]; readonly reasoningTokens: number } {
  const parts: AnswerPart[] = []
  let reasoningTokens = 0
  const take = (some: readonly AnswerPart[]) => {
    if (some.length === 0) return
    if (isReasoning(some)) reasoningTokens += choice.unread
    choice.unread = 0
    for (const part of some) append(parts, part)
  }
  let behind = delta.tokens
  for (const { text, tokens } of delta.pieces ?? [delta]) {
    choice.unread += tokens
    behind -= tokens
    take(choice.parser.push(text))
  }
  choice.unread += behind
  if (delta.finish) take(choice.parser.end())
  return { parts, reasoningTokens }
}

/** Text goes on where the last part is of its kind. */
function append(parts: AnswerPart[], part: AnswerPart): void {
  const last = parts.at(-1)
  if (last?.type === part.type && 'text' in last && 'text' in part)
    parts[parts.length - 1] = { ...last, text: last.text + part.text }
  else parts.push(part)
}

const isReasoning = (parts: readonly AnswerPart[]) => parts.every(({ type }) => type === 'reasoning')

/** What two deltas of a choice tell together, without their texts. */
function join(waiting: DeltaFacts | undefined, { text: _, pieces: __, ...facts }: TextDeltaValue): DeltaFacts {
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

import type { Output } from '../../engine/index.ts'
import type { ApiObjectValue, GenerationRequestValue, TextDeltaValue, TokenLogprobsValue } from '../packets.ts'

/** One way to write an answer: the API objects that a delta makes, and those that follow when all choices have ended. */
export interface Answer {
  push(delta: TextDeltaValue): readonly object[]
  end(): readonly object[]
}

/** Sends an answer's objects as deltas come; when the last of `choices` choices has ended, also its end, and closes. */
export function sendAnswer(answer: Answer, choices: number, output: Output<ApiObjectValue>): (delta: TextDeltaValue) => void {
  let running = choices
  return (delta) => {
    for (const data of answer.push(delta)) output.send({ data })
    if (delta.finish === undefined || --running > 0) return
    for (const data of answer.end()) output.send({ data })
    output.close()
  }
}

/** What a choice's deltas add up to. */
interface FoldedChoice {
  readonly index: number
  text: string
  tokens: number
  /** The sum of its tokens' logprobs, if deltas tell it. */
  logprob: number
  finish: TextDeltaValue['finish']
  /** Undefined when no delta had any. */
  logprobs: TokenLogprobsValue[] | undefined
  promptLogprobs: readonly TokenLogprobsValue[]
  readonly ids: number[]
}

/** Adds deltas up, for answers that come whole; of `bestOf` choices for each prompt the `n` best are answers. */
export function foldDeltas({ n, bestOf = n }: Pick<GenerationRequestValue, 'n' | 'bestOf'>) {
  const choices = new Map<number, FoldedChoice>()
  let total = 0
  const choiceOf = (index: number): FoldedChoice => {
    const known = choices.get(index)
    if (known) return known
    const choice = {
      index,
      text: '',
      tokens: 0,
      logprob: 0,
      finish: undefined,
      logprobs: undefined,
      promptLogprobs: [],
      ids: [],
    }
    choices.set(index, choice)
    return choice
  }
  /** By index, whichever ended first. */
  const byIndex = (): readonly Readonly<FoldedChoice>[] => [...choices.values()].sort((a, b) => a.index - b.index)
  const bestOfPrompt = (prompt: number) =>
    byIndex()
      .slice(prompt * bestOf, (prompt + 1) * bestOf)
      .sort((a, b) => likelihood(b) - likelihood(a))
      .slice(0, n)
      .map((choice, rank) => ({ ...choice, index: prompt * n + rank }))
  return {
    push(delta: TextDeltaValue): void {
      const choice = choiceOf(delta.choice)
      choice.text += delta.text
      choice.finish = delta.finish
      choice.tokens += delta.tokens
      choice.logprob += delta.logprob ?? 0
      if (delta.logprobs) {
        choice.logprobs ??= []
        choice.logprobs.push(...delta.logprobs)
      }
      if (delta.promptLogprobs) choice.promptLogprobs = delta.promptLogprobs
      if (delta.ids) choice.ids.push(...delta.ids)
      total += delta.tokens
    },
    /** The answers, by their index. */
    choices: (): readonly Readonly<FoldedChoice>[] =>
      bestOf === n ? byIndex() : Array.from({ length: choices.size / bestOf }, (_, prompt) => bestOfPrompt(prompt)).flat(),
    /** Of all choices, also those that are no answers. */
    tokens: (): number => total,
  }
}

/** OpenAI's measure of the best: "the highest log probability per token". An empty answer has none. */
const likelihood = ({ logprob, tokens }: Readonly<FoldedChoice>): number => (tokens === 0 ? -Number.MAX_VALUE : logprob / tokens)

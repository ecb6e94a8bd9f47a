import type { Output } from '../../engine/index.ts'
import type { ApiObjectValue, TextDeltaValue, TokenLogprobsValue } from '../packets.ts'

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
  finish: TextDeltaValue['finish']
  /** Undefined when no delta had any. */
  logprobs: TokenLogprobsValue[] | undefined
  promptLogprobs: readonly TokenLogprobsValue[]
  readonly ids: number[]
}

/** Adds deltas up, for answers that come whole. */
export function foldDeltas() {
  const choices = new Map<number, FoldedChoice>()
  let total = 0
  const choiceOf = (index: number): FoldedChoice => {
    const known = choices.get(index)
    if (known) return known
    const choice = { index, text: '', finish: undefined, logprobs: undefined, promptLogprobs: [], ids: [] }
    choices.set(index, choice)
    return choice
  }
  return {
    push(delta: TextDeltaValue): void {
      const choice = choiceOf(delta.choice)
      choice.text += delta.text
      choice.finish = delta.finish
      if (delta.logprobs) {
        choice.logprobs ??= []
        choice.logprobs.push(...delta.logprobs)
      }
      if (delta.promptLogprobs) choice.promptLogprobs = delta.promptLogprobs
      if (delta.ids) choice.ids.push(...delta.ids)
      total += delta.tokens
    },
    /** By index, whichever ended first. */
    choices: (): readonly Readonly<FoldedChoice>[] => [...choices.values()].sort((a, b) => a.index - b.index),
    tokens: (): number => total,
  }
}

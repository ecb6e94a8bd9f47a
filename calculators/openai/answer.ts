import type { Output } from '../../engine/index.ts'
import type { ApiObjectValue, TextDeltaValue } from '../packets.ts'

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
  readonly text: string
  readonly finish: TextDeltaValue['finish']
}

/** Adds deltas up, for answers that come whole. */
export function foldDeltas() {
  const choices = new Map<number, FoldedChoice>()
  let tokens = 0
  return {
    push({ choice, text, tokens: count, finish }: TextDeltaValue): void {
      const before = choices.get(choice)?.text ?? ''
      choices.set(choice, { index: choice, text: before + text, finish })
      tokens += count
    },
    /** By index, whichever ended first. */
    choices: (): readonly FoldedChoice[] => [...choices.values()].sort((a, b) => a.index - b.index),
    tokens: (): number => tokens,
  }
}

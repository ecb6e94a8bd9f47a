import type { Output } from '../../engine/index.ts'
import type { ApiObjectValue, DeltaFacts, GenerationRequestValue, TokenLogprobsValue } from '../packets.ts'

/** One way to write an answer: the API objects that a delta makes, and those that follow when all choices have ended. */
export interface Answer<D extends DeltaFacts, O extends object = object> {
  push(delta: D): readonly O[]
  end(): readonly O[]
}

/**
 * Sends an answer's objects as deltas come; when the last of `choices` choices has ended, also its end, and closes. `named` says
 * by which name an object is an event, where the API has names, and what tells that the answer failed.
 */
export function sendAnswer<D extends DeltaFacts, O extends object>(
  answer: Answer<D, O>,
  choices: number,
  output: Output<ApiObjectValue>,
  named: (data: O) => Omit<ApiObjectValue, 'data'> = () => ({}),
) {
  let running = choices
  const send = (data: O) => output.send({ data, ...named(data) })
  return (delta: D): void => {
    answer.push(delta).forEach(send)
    if (delta.finish === undefined || --running > 0) return
    answer.end().forEach(send)
    output.close()
  }
}

/** How every object of an answer begins. */
export const heading = (object: string, { id, created, model, fingerprint, serviceTier }: GenerationRequestValue) => ({
  id,
  object,
  created,
  model,
  system_fingerprint: fingerprint ?? null,
  ...(serviceTier !== undefined && { service_tier: serviceTier }),
})

/** vLLM's `stop_reason`, where there is one: the string or the token of the request that ended the answer. */
export const formatStop = ({ stop }: Pick<DeltaFacts, 'stop'>) => (stop === undefined ? undefined : { stop_reason: stop })

/** What a choice's deltas add up to. */
interface FoldedChoice<T> {
  readonly index: number
  /** What its deltas carried, joined. */
  content: T
  tokens: number
  /** The sum of its tokens' logprobs, if deltas tell it. */
  logprob: number
  finish: DeltaFacts['finish']
  stop: DeltaFacts['stop']
  /** Undefined when no delta had any. */
  logprobs: TokenLogprobsValue[] | undefined
  promptLogprobs: readonly TokenLogprobsValue[]
  readonly ids: number[]
}

/**
 * Adds deltas up, for answers that come whole; of `bestOf` choices for each prompt the `n` best are answers. What deltas carry is
 * joined by `add`, from `empty` on.
 */
export function foldDeltas<D extends DeltaFacts, T>(
  { n, bestOf = n }: Pick<GenerationRequestValue, 'n' | 'bestOf'>,
  empty: T,
  add: (content: T, delta: D) => T,
) {
  const choices = new Map<number, FoldedChoice<T>>()
  let total = 0
  const choiceOf = (index: number): FoldedChoice<T> => {
    const known = choices.get(index)
    if (known) return known
    const choice: FoldedChoice<T> = {
      index,
      content: empty,
      tokens: 0,
      logprob: 0,
      finish: undefined,
      stop: undefined,
      logprobs: undefined,
      promptLogprobs: [],
      ids: [],
    }
    choices.set(index, choice)
    return choice
  }
  /** By index, whichever ended first. */
  const byIndex = (): readonly Readonly<FoldedChoice<T>>[] => [...choices.values()].sort((a, b) => a.index - b.index)
  const bestOfPrompt = (prompt: number) =>
    byIndex()
      .slice(prompt * bestOf, (prompt + 1) * bestOf)
      .sort((a, b) => likelihood(b) - likelihood(a))
      .slice(0, n)
      .map((choice, rank) => ({ ...choice, index: prompt * n + rank }))
  return {
    push(delta: D): void {
      const choice = choiceOf(delta.choice)
      choice.content = add(choice.content, delta)
      choice.finish = delta.finish
      choice.stop = delta.stop
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
    choices: (): readonly Readonly<FoldedChoice<T>>[] =>
      bestOf === n ? byIndex() : Array.from({ length: choices.size / bestOf }, (_, prompt) => bestOfPrompt(prompt)).flat(),
    /** Of all choices, also those that are no answers. */
    tokens: (): number => total,
  }
}

/** OpenAI's measure of the best: "the highest log probability per token". An empty answer has none. */
const likelihood = ({ logprob, tokens }: Pick<FoldedChoice<unknown>, 'logprob' | 'tokens'>): number =>
  tokens === 0 ? -Number.MAX_VALUE : logprob / tokens

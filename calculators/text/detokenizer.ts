import { z } from 'zod'
import { calculator, latest } from '../../engine/index.ts'
import type {
  SamplingParams as ModelSamplingParams,
  Step as ModelStep,
  Tokenizer as ModelTokenizer,
  TokenDecoder,
} from '../../servables/index.ts'
import type { TextDeltaValue } from '../packets.ts'
import { SamplingParams, Step, TextDelta, Tokenizer } from '../packets.ts'
import { showLogprobs } from './show-logprobs.ts'

/**
 * Turns the tokens of each choice into text, and ends a choice at its first stop string. A character waits until its
 * bytes are complete, and text that may yet become a stop string until that is decided, so no client sees half of either.
 * A delta goes out at its step's time; steps that only wait send none, and their tokens count in the next. Stop strings are
 * looked for behind the first `minTokens` tokens. Logprobs of steps go with the texts of their tokens.
 *
 * @example
 * - calculator: DetokenizerCalculator
 *   input_side_packet: { TOKENIZER: tokenizer }
 *   input_stream:  { STEP: steps, SAMPLING: sampling }
 *   output_stream: { DELTA: text }
 */
export const DetokenizerCalculator = calculator(
  {
    inputs: { STEP: Step, SAMPLING: latest(SamplingParams) },
    outputs: { DELTA: TextDelta },
    sides: { TOKENIZER: Tokenizer },
    options: z.strictObject({
      skip_special_tokens: z
        .boolean()
        .default(true)
        .describe('Whether tokens such as <|im_end|> are left out of the text, unless a request says.'),
    }),
  },
  ({ outputs, sides, options }) => {
    const choices = new Map<number, Choice>()
    const choiceOf = (id: number, params: ModelSamplingParams): Choice => {
      let choice = choices.get(id)
      if (!choice) {
        choice = {
          decoder: sides.TOKENIZER.decoder({
            skipSpecialTokens: params.skipSpecialTokens ?? options.skip_special_tokens,
            shown: params.shownTokens ?? [],
          }),
          held: '',
          tokens: 0,
          logprob: 0,
          total: 0,
          ended: false,
          told: undefined,
        }
        choices.set(id, choice)
      }
      return choice
    }
    return {
      process({ STEP, SAMPLING }) {
        const step = STEP.value
        const choice = choiceOf(step.choice, SAMPLING.value)
        if (choice.ended) return

        const { stop, includeStopInOutput, minTokens = 0, bestOf } = SAMPLING.value
        if (step.token !== undefined) choice.total++
        choice.logprob += step.logprobs?.logprob ?? 0
        tell(choice, step, sides.TOKENIZER, SAMPLING.value)
        const final = step.finish !== undefined
        const {
          shown,
          held,
          stop: found,
        } = cutAtStop(
          choice.held,
          (step.token === undefined ? '' : choice.decoder.push(step.token)) + (final ? choice.decoder.end() : ''),
          choice.total <= minTokens ? [] : stop,
          { final, includeStop: includeStopInOutput },
        )
        choice.held = held
        const stopped = found !== undefined
        choice.ended = stopped || final
        if (step.token !== undefined) choice.tokens++
        if (stopped && !final) step.drop()
        if (shown === '' && !choice.ended) return

        const delta = { choice: step.choice, text: shown, tokens: choice.tokens, finish: stopped ? 'stop' : step.finish } as const
        const cached = step.cachedTokens ? { cachedTokens: step.cachedTokens } : undefined
        const ranked = bestOf === undefined ? undefined : { logprob: choice.logprob }
        const cause = stopped ? found : step.stopToken
        outputs.DELTA.send({ ...delta, ...cached, ...ranked, ...(cause !== undefined && { stop: cause }), ...choice.told })
        choice.tokens = 0
        choice.logprob = 0
        choice.told = undefined
      },
    }
  },
)

/** Where one choice stands: text that waits, and tokens that no delta has counted yet. */
interface Choice {
  readonly decoder: TokenDecoder
  held: string
  tokens: number
  /** The sum of those tokens' logprobs. */
  logprob: number
  /** Tokens so far. */
  total: number
  ended: boolean
  /** What the next delta tells beside its text; undefined: nothing is asked for. */
  told: Told | undefined
}

type Told = Pick<TextDeltaValue, 'logprobs' | 'promptLogprobs' | 'ids'>

/** Keeps what a step has beside its token, and the request has asked for, for the delta that counts it. */
function tell(choice: Choice, step: ModelStep, tokenizer: ModelTokenizer, params: ModelSamplingParams): void {
  const { promptLogprobs, token } = step
  const { returnTokens = false, bestOf } = params
  const areForChoosing = bestOf !== undefined && params.logprobs === undefined
  const logprobs = areForChoosing ? undefined : step.logprobs
  if (!returnTokens && !logprobs && !promptLogprobs) return
  const told = choice.told ?? { logprobs: undefined, promptLogprobs: undefined, ids: undefined }
  choice.told = {
    logprobs: logprobs ? [...(told.logprobs ?? []), showLogprobs(logprobs, tokenizer)] : told.logprobs,
    promptLogprobs: promptLogprobs?.map((each) => showLogprobs(each, tokenizer)) ?? told.promptLogprobs,
    ids: returnTokens && token !== undefined ? [...(told.ids ?? []), token] : told.ids,
  }
}

/**
 * What of `held + added` may be shown, what must wait, and which stop string ended it, if one did. `held` is what the last call
 * returned. The stop string that is complete first wins, and of those the longest, so that the outcome is the same
 * however the text is cut into tokens.
 */
export function cutAtStop(
  held: string,
  added: string,
  stops: readonly string[],
  { final, includeStop }: { readonly final: boolean; readonly includeStop: boolean },
): { readonly shown: string; readonly held: string; readonly stop: string | undefined } {
  const text = held + added
  let end = Number.POSITIVE_INFINITY
  let start = 0
  let waiting = 0
  let found: string | undefined
  for (const stop of stops) {
    const at = text.indexOf(stop)
    const stopEnd = at + stop.length
    if (at >= 0 && (stopEnd < end || (stopEnd === end && at < start))) {
      start = at
      end = stopEnd
      found = stop
    }
    waiting = Math.max(waiting, overlap(text, stop))
  }
  if (found !== undefined) return { shown: text.slice(0, includeStop ? end : start), held: '', stop: found }
  if (final) waiting = 0
  return { shown: text.slice(0, text.length - waiting), held: text.slice(text.length - waiting), stop: undefined }
}

/** How many characters at the end of `text` begin `stop`, short of all of it. */
function overlap(text: string, stop: string): number {
  let length = Math.min(text.length, stop.length - 1)
  while (length > 0 && !text.endsWith(stop.slice(0, length))) length--
  return length
}

import { z } from 'zod'
import { calculator, latest } from '../../engine/index.ts'
import type {
  FinishReason,
  SamplingParams as ModelSamplingParams,
  Steps as ModelSteps,
  Tokenizer as ModelTokenizer,
  TokenDecoder,
} from '../../servables/index.ts'
import type { TextDeltaValue, TextPiece } from '../packets.ts'
import { SamplingParams, Steps, TextDelta, Tokenizer } from '../packets.ts'
import { showLogprobs } from './show-logprobs.ts'

/**
 * Turns the tokens of each choice into text, and ends a choice at its first stop string. A character waits until its
 * bytes are complete, and text that may yet become a stop string until that is decided, so no client sees half of either.
 * Steps that have come together make one delta, at their time; those that only wait make none, and their tokens count in
 * the next. Stop strings are looked for behind the first `minTokens` tokens. Logprobs of steps go with the texts of their
 * tokens.
 *
 * @example
 * - calculator: DetokenizerCalculator
 *   input_side_packet: { TOKENIZER: tokenizer }
 *   input_stream:  { STEPS: steps, SAMPLING: sampling }
 *   output_stream: { DELTA: text }
 */
export const DetokenizerCalculator = calculator(
  {
    inputs: { STEPS: Steps, SAMPLING: latest(SamplingParams) },
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
          text: '',
          pieces: [],
          tokens: 0,
          logprob: 0,
          total: 0,
          finish: undefined,
          stop: undefined,
          told: undefined,
        }
        choices.set(id, choice)
      }
      return choice
    }
    const take = (choice: Choice, step: ModelSteps[number], params: ModelSamplingParams): void => {
      const { stop, includeStopInOutput, minTokens = 0 } = params
      const final = step.finish !== undefined
      if (step.token !== undefined) {
        choice.tokens++
        choice.total++
      }
      choice.logprob += step.logprobs?.logprob ?? 0
      tell(choice, step, sides.TOKENIZER, params)
      const added = (step.token === undefined ? '' : choice.decoder.push(step.token)) + (final ? choice.decoder.end() : '')
      const stops = choice.total <= minTokens ? [] : stop
      const { shown, held, stop: found } = cutAtStop(choice.held, added, stops, { final, includeStop: includeStopInOutput })
      choice.text += shown
      if (shown !== '') choice.pieces.push({ text: shown, tokens: choice.tokens - tokensOf(choice.pieces) })
      choice.held = held
      choice.finish = found === undefined ? step.finish : 'stop'
      choice.stop = found ?? (step.finish === 'repetition' ? repeated : step.stopToken)
      if (found !== undefined && !final) step.drop()
    }
    return {
      process({ STEPS, SAMPLING }) {
        const [{ choice: id, cachedTokens }] = STEPS.value
        const choice = choiceOf(id, SAMPLING.value)
        if (choice.finish !== undefined) return
        for (const step of STEPS.value) if (choice.finish === undefined) take(choice, step, SAMPLING.value)
        const { text, pieces, tokens, logprob, finish, stop, told } = choice
        if (text === '' && finish === undefined) return

        const cached = cachedTokens ? { cachedTokens } : undefined
        const ranked = SAMPLING.value.bestOf === undefined ? undefined : { logprob }
        const cause = stop === undefined ? undefined : { stop }
        const apart = pieces.length > 1 ? { pieces } : undefined
        outputs.DELTA.send({ choice: id, text, ...apart, tokens, finish, ...cached, ...ranked, ...cause, ...told })
        choice.text = ''
        choice.pieces = []
        choice.tokens = 0
        choice.logprob = 0
        choice.told = undefined
      },
    }
  },
)

/** vLLM's name for why an answer that repeats itself has ended. */
const repeated = 'repetition_detected'

/** Where one choice stands: text that waits, and what no delta has told yet. */
interface Choice {
  readonly decoder: TokenDecoder
  /** May yet become a stop string. */
  held: string
  text: string
  /** That text as it came. */
  pieces: TextPiece[]
  tokens: number
  /** The sum of those tokens' logprobs. */
  logprob: number
  /** Tokens so far. */
  total: number
  /** Set once it has ended. */
  finish: FinishReason | undefined
  /** The stop string or token that ended it. */
  stop: TextDeltaValue['stop']
  /** What the next delta tells beside its text; undefined: nothing is asked for. */
  told: Told | undefined
}

const tokensOf = (pieces: readonly TextPiece[]) => pieces.reduce((sum, { tokens }) => sum + tokens, 0)

type Told = Pick<TextDeltaValue, 'logprobs' | 'promptLogprobs' | 'ids'>

/** Keeps what a step has beside its token, and the request has asked for, for the delta that counts it. */
function tell(choice: Choice, step: ModelSteps[number], tokenizer: ModelTokenizer, params: ModelSamplingParams): void {
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

import type { HttpPayload } from '../../calculators/index.ts'
import { EngineError } from '../../engine/index.ts'
import type {
  ChatTemplate,
  Encoder,
  FinishReason,
  Llm,
  SamplingParams,
  Step,
  Tokenizer,
  TokenLogprobs,
} from '../../servables/index.ts'
import { cutPair, type Frame } from '../../servables/tokenizer/frame.ts'
import { templatedPairs } from '../../servables/tokenizer/templated-pairs.ts'

const bytesOf = (text: string) => [...new TextEncoder().encode(text)]

/** Pairs have no tokens around them. */
const nothing = { ids: [], typeIds: [] }
const frameless: Frame = { before: nothing, between: nothing, after: nothing, types: [0, 1] }

/** One token for each UTF-8 byte; 256 is a special one that begins a text. */
export const byteTokenizer: Tokenizer = {
  vocabularySize: 257,
  padToken: 0,
  longestToken: 1,
  async encode(text, { addSpecialTokens = true, onLength, maxLength = Number.POSITIVE_INFINITY, cut } = {}) {
    const begin = addSpecialTokens ? [256] : []
    const bytes = bytesOf(text)
    const left = Math.min(bytes.length, maxLength - begin.length)
    const tokens = [...begin, ...(cut === 'left' ? bytes.slice(bytes.length - left) : bytes.slice(0, left))]
    onLength?.(tokens.length)
    return tokens
  },
  pairEncoder: (form) =>
    form.template
      ? templatedPairs(byteTokenizer, form.template, form)
      : async (first, second) => cutPair(bytesOf(first).slice(0, form.maxFirstTokens), bytesOf(second), frameless, form),
  decode: (tokens) => new TextDecoder().decode(Uint8Array.from(tokens.filter((token) => token < 256))),
  bytesOf: (token) => (token < 256 ? Uint8Array.of(token) : new TextEncoder().encode('<begin>')),
  nameOf: (token) => (token < 256 ? String.fromCharCode(token) : '<begin>'),
  decoder() {
    const decoder = new TextDecoder()
    return {
      push: (token) => (token < 256 ? decoder.decode(Uint8Array.of(token), { stream: true }) : ''),
      end: () => decoder.decode(),
    }
  },
}

/** Every message as `role: content`, a line each; refuses a conversation whose first message says "refuse". */
export const lineTemplate: ChatTemplate = {
  source: '',
  async render({ messages, tools }) {
    if (messages[0]?.content === 'refuse') throw new EngineError('invalid_value', 'The template refuses.', { param: 'messages' })
    const lines = messages.map(({ role, content }) => `${role}: ${content ?? ''}\n`)
    return `${tools ? `tools: ${tools.length}\n` : ''}${lines.join('')}assistant: `
  },
  async dispose() {},
}

/** Greedy, one answer, without end. */
export const samplingParams = (fields: Partial<SamplingParams> = {}): SamplingParams => ({
  n: 1,
  maxTokens: undefined,
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  seed: undefined,
  stop: [],
  includeStopInOutput: false,
  ignoreEos: false,
  promptField: 'messages',
  ...fields,
})

/** What a fake model was asked, and what became of it. */
export interface FakeLlm extends Llm {
  readonly requests: { prompts: readonly (readonly number[])[]; params: SamplingParams; signal: AbortSignal }[]
  readonly dropped: number[]
  /** Generations that have been left, whichever way. */
  finished: number
}

/**
 * A model that answers choice `c` with `answer(c)`, one UTF-8 byte a token, all choices in turn, up to `maxTokens`. An
 * answer that is cut there ends with `length`, any other with `stop`, on a last step without a token. Logprobs are made up.
 */
export function fakeLlm(answer: (choice: number) => string, overrides: Partial<Llm> = {}): FakeLlm {
  const llm: FakeLlm = {
    name: 'fake',
    maxModelLength: 4096,
    vocabularySize: 257,
    defaults: {},
    requests: [],
    dropped: [],
    finished: 0,
    checkText() {},
    checkLength(tokens, { promptField: param }) {
      if (tokens > llm.maxModelLength) throw new EngineError('context_length_exceeded', 'Too long.', { param })
    },
    async *generate(prompts, params, signal) {
      llm.requests.push({ prompts, params, signal })
      const most = params.maxTokens ?? params.usualTokens ?? Number.POSITIVE_INFINITY
      try {
        for (const prompt of prompts) llm.checkLength(prompt.length, params)
        const count = params.bestOf ?? params.n
        const alternatives = params.logprobs ?? (params.bestOf === undefined ? undefined : 0)
        const rows = Array.from({ length: prompts.length * count }, (_, choice) => ({
          choice,
          bytes: new TextEncoder().encode(answer(choice)),
          at: 0,
        }))
        let running = rows
        while (running.length > 0 && !signal.aborted) {
          for (const row of running) {
            if (llm.dropped.includes(row.choice)) continue
            const token = params.maxTokens === 0 ? undefined : row.bytes[row.at]
            const step: Step = {
              ...stepOf(row.choice, token, finishOf(row.at, row.bytes.length, most)),
              ...(alternatives !== undefined && token !== undefined && { logprobs: madeUp(token, alternatives) }),
              ...(params.promptLogprobs !== undefined &&
                row.at === 0 && {
                  promptLogprobs: prompts[Math.floor(row.choice / count)]!.slice(1).map((token) =>
                    madeUp(token, params.promptLogprobs!),
                  ),
                }),
            }
            yield [step]
            row.at++
          }
          running = running.filter((row) => !llm.dropped.includes(row.choice) && row.at <= row.bytes.length && row.at < most)
        }
      } finally {
        llm.finished++
      }
    },
    ...overrides,
  }
  const stepOf = (choice: number, token: number | undefined, finish: FinishReason | undefined): Step => ({
    choice,
    token,
    finish,
    drop: () => {
      llm.dropped.push(choice)
    },
  })
  const finishOf = (at: number, length: number, most: number): FinishReason | undefined =>
    at >= length ? 'stop' : at + 1 >= most ? 'length' : undefined
  return llm
}

/** The token is the second likeliest, its neighbour in the vocabulary the likeliest, others come far behind. */
const madeUp = (token: number, count: number): TokenLogprobs => ({
  token,
  logprob: -1 - token / 1000,
  rank: 2,
  top: [
    [token ^ 1, -0.5],
    [token, -1 - token / 1000],
    ...Array.from({ length: 18 }, (_, index) => [index, Number.NEGATIVE_INFINITY] as const),
  ].slice(0, count) as [number, number][],
})

/** A request with this body, as the door hands it to a graph. */
export const payloadOf = (json: object, fields: Partial<HttpPayload> = {}): HttpPayload => ({
  method: 'POST',
  route: 'chat/completions',
  headers: {},
  json,
  form: undefined,
  model: 'fake',
  requestId: 'r1',
  ...fields,
})

/** What a fake encoder was asked. */
export interface FakeEncoder extends Encoder {
  readonly requests: (readonly EncoderInput[])[]
}
type EncoderInput = Parameters<Encoder['encode']>[0][number]

/** An encoder whose vectors `answer` makes up; without, of four elements: how many tokens, the first, the last, and 1. */
export function fakeEncoder(
  answer = ({ ids }: EncoderInput): readonly number[] => [ids.length, ids[0]!, ids.at(-1)!, 1],
  overrides: Partial<Encoder> = {},
): FakeEncoder {
  const requests: (readonly EncoderInput[])[] = []
  return {
    name: 'fake',
    maxLength: 16,
    truncate: false,
    vocabularySize: 257,
    width: 4,
    outputs: ['vector'],
    labels: [],
    activation: 'sigmoid',
    prompts: {},
    defaultPrompt: undefined,
    tasks: [],
    maxChunks: 100,
    requests,
    async encode(inputs) {
      requests.push(inputs)
      return inputs.map((input) => Float32Array.from(answer(input)))
    },
    ...overrides,
  }
}

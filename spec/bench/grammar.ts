import { GrammarService, layOut, type Vocabulary } from '../../servables/grammar/index.ts'
import { openBareLoop } from '../../servables/llm/bare-loop.ts'
import { readTokenBytes } from '../../servables/tokenizer/index.ts'

const batch = 8
const promptTokens = 80
const answerTokens = 96
const rounds = 7

/** Items that have no end, so that answers are cut at the same length as free ones. */
const schema = {
  type: 'array',
  minItems: 1000,
  items: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      count: { type: 'integer', minimum: 0, maximum: 500 },
      kind: { enum: ['small', 'medium', 'large'] },
      notes: { type: 'array', items: { type: 'string' }, maxItems: 3 },
    },
    required: ['name', 'count', 'kind', 'notes'],
    additionalProperties: false,
  },
}

/** Answers that are held to a JSON Schema, eight in one batch: to come at 0.9 of the pace of free ones at least. */
export async function grammar(model: string): Promise<void> {
  const loop = await openBareLoop(model, { max_num_seqs: batch, enable_prefix_caching: false })
  const service = new GrammarService(await vocabularyOf(model, loop.vocabularySize))
  const spec = { type: 'json_schema', schema } as const
  const began = performance.now()
  await service.compile(spec)
  console.log(`compiled for ${loop.vocabularySize} tokens in ${Math.round(performance.now() - began)} ms`)
  const prompts = Array.from({ length: batch }, (_, row) =>
    Array.from({ length: promptTokens }, (_, index) => 20 + ((index * 37 + row * 11) % 400)),
  )
  const pace = async (held: boolean): Promise<number> => {
    const matchers = await Promise.all(prompts.map(() => (held ? service.open(spec) : undefined)))
    let first = 0
    let told = 0
    const tell = () => {
      if (++told === batch) first = performance.now()
    }
    await Promise.all(prompts.map((prompt, row) => loop.answer(prompt, answerTokens, tell, undefined, matchers[row])))
    return ((answerTokens - 1) * batch * 1000) / (performance.now() - first)
  }
  await pace(true)
  const paces: [held: number, free: number][] = []
  for (let round = 0; round < rounds; round++) paces.push([await pace(true), await pace(false)])
  const [least, median, most] = [0, (rounds - 1) / 2, rounds - 1].map(
    (at) => sorted(paces.map(([held, free]) => held / free))[at]!,
  )
  const middle = (of: readonly number[]): string => sorted(of)[(rounds - 1) / 2]!.toFixed(0)
  const tokens = `${middle(paces.map(([held]) => held))} tokens/s beside ${middle(paces.map(([, free]) => free))}`
  console.log(
    `held to a schema: ${median!.toFixed(2)} of the free pace (${least!.toFixed(2)} to ${most!.toFixed(2)}; at least 0.9), ${tokens}`,
  )
  await loop.dispose()
  await service.dispose()
}

const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b)

/** The model's own tokens; where its vocabulary has more, words of made-up letters fill it, as a large tokenizer's would. */
async function vocabularyOf(model: string, size: number): Promise<Vocabulary> {
  const pieces = [...((await readTokenBytes(model)) ?? [])]
  const letters = ' etaoinshrdlucmfwypvbgkjqxz'
  while (pieces.length < size) {
    let rest = pieces.length
    let word = ''
    while (rest > 0) {
      word += letters[rest % letters.length]
      rest = Math.floor(rest / letters.length)
    }
    pieces.push(new TextEncoder().encode(word))
  }
  return layOut(pieces, size, [2])
}

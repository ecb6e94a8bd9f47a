import fc from 'fast-check'
import type { MessageDeltaValue } from '../../calculators/packets.ts'
import type { AnswerPart } from '../../servables/index.ts'

type Stretch = { readonly type: 'content' | 'reasoning' | 'call'; readonly texts: readonly string[] }

const stretches: fc.Arbitrary<Stretch[]> = fc.array(
  fc.record({
    type: fc.constantFrom('content' as const, 'reasoning' as const, 'call' as const),
    texts: fc.array(fc.string(), { maxLength: 4 }),
  }),
  { maxLength: 5 },
)

/** The parts of any answer: stretches of text, of reasoning, and calls, however they are cut. */
export const answerParts: fc.Arbitrary<AnswerPart[]> = stretches.map((list) => {
  let calls = 0
  return list.flatMap(({ type, texts }): AnswerPart[] => {
    if (type !== 'call') return texts.map((text) => ({ type, text }))
    const index = calls++
    const begin: AnswerPart = { type: 'call', index, id: `call_${index}`, name: `f${index}` }
    return [begin, ...texts.map((text) => ({ type: 'arguments' as const, index, text }))]
  })
})

/** The deltas of any answer: parts of them in each, and a finish with the last. */
export const messageDeltas: fc.Arbitrary<MessageDeltaValue[]> = fc
  .tuple(answerParts, fc.infiniteStream(fc.nat(3)), fc.constantFrom('stop' as const, 'length' as const, 'tool_calls' as const))
  .map(([parts, random, finish]) => {
    const deltas: MessageDeltaValue[] = []
    const rest = [...parts]
    while (rest.length > 0) {
      const some = rest.splice(0, 1 + random.next().value)
      const reasoningTokens = some.every(({ type }) => type === 'reasoning') ? 2 : 0
      deltas.push({ choice: 0, parts: some, tokens: 2, reasoningTokens, finish: undefined, cachedTokens: 3 })
    }
    return [...deltas, { choice: 0, parts: [], tokens: 0, finish, cachedTokens: 3 }]
  })

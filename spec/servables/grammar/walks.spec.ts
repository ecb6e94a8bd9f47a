import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { GrammarService, type GrammarSpec } from '../../../servables/grammar/index.ts'
import { loadTokenizer } from '../../../servables/tokenizer/index.ts'
import { models, vocabularyOf, walk } from './walks.ts'

const Order = z.strictObject({
  id: z.int(),
  customer: z.strictObject({ name: z.string(), email: z.nullable(z.string()), vip: z.boolean() }),
  items: z
    .array(z.strictObject({ size: z.enum(['small', 'medium', 'large']), price: z.number() }))
    .min(1)
    .max(3),
  status: z.literal('open'),
  tag: z.string().regex(/^#.*[^a-z]$/),
  note: z.string().max(12).optional(),
})
/** JSON Schema counts characters where zod counts UTF-16 units. */
const WholeOrder = Order.extend({
  note: z
    .string()
    .refine((note) => Array.from(note).length <= 12)
    .optional(),
})

/** JSON has numbers of any size, such as 7E582; zod takes finite ones. */
const finite = (_: string, value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? 0 : value)

const isJson = (text: string, schema: z.ZodType): boolean => {
  try {
    return schema.safeParse(JSON.parse(text, finite)).success
  } catch {
    return false
  }
}

const date = '(19|20)[0-9]{2}-(0[1-9]|1[0-2])(T[01][0-9]:[0-5]\\d)?'
const answers = ['yes', 'no', 'not at all', 'ça dépend', '说 "不"', 'line\nbreak \\']
const sum = `root ::= term (" + " term)*
term ::= [0-9]+ | "(" root ")"`

const isSum = (text: string): boolean => {
  const flat = /\((\d+( \+ \d+)*)\)/
  let left = text
  while (flat.test(left)) left = left.replace(flat, '1')
  return /^\d+( \+ \d+)*$/.test(left)
}

/** For each kind of grammar: what it is, and whether a text is whole by its rules. */
const cases: Record<string, { readonly spec: GrammarSpec; readonly isWhole: (text: string) => boolean }> = {
  'a JSON schema': {
    spec: { type: 'json_schema', schema: z.toJSONSchema(Order) },
    isWhole: (text) => isJson(text, WholeOrder),
  },
  JSON: { spec: { type: 'json' }, isWhole: (text) => isJson(text, z.looseObject({})) },
  'a regular expression': { spec: { type: 'regex', pattern: date }, isWhole: (text) => new RegExp(`^(?:${date})$`).test(text) },
  'a choice': { spec: { type: 'choice', options: answers }, isWhole: (text) => answers.includes(text) },
  'an EBNF grammar': { spec: { type: 'grammar', text: sum }, isWhole: isSum },
  'a structural tag': {
    spec: {
      type: 'structural_tag',
      tag: {
        type: 'tag',
        begin: '<tool_call>',
        content: { type: 'json_schema', json_schema: z.toJSONSchema(z.strictObject({ city: z.enum(['Rome', 'Oslo']) })) },
        end: '</tool_call>',
      },
    },
    isWhole: (text) => /^<tool_call>\s*\{\s*"city"\s*:\s*"(Rome|Oslo)"\s*\}<\/tool_call>$/.test(text),
  },
}

for (const model of ['tiny-llama', 'demo-chat'] as const) {
  for (const [name, { spec, isWhole }] of Object.entries(cases)) {
    test(`${model}: whatever ${name} allows makes a whole text, and the end is allowed there and nowhere else`, async () => {
      const vocabulary = await vocabularyOf(model)
      const tokenizer = await loadTokenizer(models[model].directory)
      const service = new GrammarService(vocabulary, { threads: 1 })
      const texts = new Set<string>()
      try {
        const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
        const at = (sofar: Buffer, mayEnd: boolean): void => {
          const text = sofar.toString()
          // Bytes that are no characters count as one, or as several.
          if (!text.includes('\ufffd') && isWhole(text) !== mayEnd)
            assert.unreachable(`${mayEnd ? 'may' : 'may not'} end after ${JSON.stringify(text)}`)
        }
        // Together, so that their moves go in one message, as those of a batch do.
        const walks = await Promise.all(seeds.map((seed) => walk(service, vocabulary, spec, seed, at)))
        for (const { tokens, bytes } of walks.filter(({ ended }) => ended)) {
          const text = tokenizer.decode(tokens)
          assert.is(text, bytes.toString())
          assert.ok(isWhole(text) || text.includes('\ufffd'), JSON.stringify(text))
          texts.add(text)
        }
      } finally {
        await service.dispose()
      }
      assert.ok(texts.size >= 2, `only ${texts.size} different texts`)
    })
  }
}

test.run()

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { toChoiceParams } from '../../../calculators/openai/choice-fields.ts'
import { EngineError } from '../../../engine/index.ts'

type Fields = Parameters<typeof toChoiceParams>[0]

/** At the request's temperature, or else the model's. */
const choices = (fields: Fields, temperature = 1, maxTokens?: number) =>
  toChoiceParams(fields, fields.temperature ?? temperature, maxTokens)
const search = (beams: number, more: object = {}) => ({ beams, lengthPenalty: 1, earlyStopping: false, ...more })

test('without best_of there are n answers, also greedy ones', () => {
  assert.equal(choices({}), { n: 1 })
  assert.equal(choices({ n: 3 }), { n: 3 })
  assert.equal(choices({ n: 3, temperature: 0 }), { n: 3 })
  assert.equal(choices({ n: 2, best_of: 2, stream: true }), { n: 2 })
  const neutral = { best_of: 1, use_beam_search: false, length_penalty: 1, early_stopping: false, temperature: 0, stream: true }
  assert.equal(choices(neutral), { n: 1 })
})

test('best_of sampled answers are made, of which the best n are given', () => {
  assert.equal(choices({ best_of: 4 }), { n: 1, bestOf: 4 })
  assert.equal(choices({ n: 2, best_of: 4, temperature: 0.5, stop: ['x'] }), { n: 2, bestOf: 4 })
  assert.equal(choices({ best_of: 4, temperature: 0, use_beam_search: false }), { n: 1, bestOf: 4 })
})

test('at temperature 0, or if the request says so, best_of is the beams of a beam search', () => {
  assert.equal(choices({ best_of: 4, temperature: 0 }), { n: 1, beamSearch: search(4) })
  assert.equal(choices({ best_of: 4, n: 2 }, 0), { n: 2, beamSearch: search(4) })
  assert.equal(choices({ best_of: 4, use_beam_search: true }), { n: 1, beamSearch: search(4) })
  assert.equal(choices({ n: 3, use_beam_search: true, stop: [] }, 0.7), { n: 3, beamSearch: search(3) })
  const more = { length_penalty: 0.5, early_stopping: 'never' } as const
  assert.equal(choices({ best_of: 2, temperature: 0, ...more }), {
    n: 1,
    beamSearch: search(2, { lengthPenalty: 0.5, earlyStopping: 'never' }),
  })
})

const bad: readonly (readonly [Fields, string])[] = [
  [{ n: 3, best_of: 2 }, 'n'],
  [{ best_of: 3, stream: true }, 'best_of'],
  [{ n: 2, best_of: 3, stream: true }, 'best_of'],
  [{ length_penalty: 0.5 }, 'length_penalty'],
  [{ length_penalty: 0.5, best_of: 3 }, 'length_penalty'],
  [{ early_stopping: true }, 'early_stopping'],
  [{ early_stopping: 'never', n: 2, temperature: 0 }, 'early_stopping'],
  [{ use_beam_search: true }, 'best_of'],
  [{ use_beam_search: true, best_of: 1 }, 'best_of'],
  [{ use_beam_search: true, best_of: 2, stream: true }, 'stream'],
  [{ temperature: 0, best_of: 2, n: 2, stream: true }, 'stream'],
  [{ use_beam_search: true, best_of: 2, temperature: 0.7 }, 'temperature'],
  [{ temperature: 0, best_of: 2, stop: 'x' }, 'stop'],
  [{ temperature: 0, best_of: 2, stop: ['x', 'y'] }, 'stop'],
]

test('says which field does not go with the others', () => {
  const faultOf = (fields: Fields, maxTokens?: number): string => {
    try {
      return JSON.stringify(choices(fields, 1, maxTokens))
    } catch (error) {
      assert.instance(error, EngineError)
      const { code, param, message } = error as EngineError
      assert.ok(message.startsWith(`${param} `), message)
      return `${code} ${param}`
    }
  }
  for (const [fields, param] of bad) assert.is(faultOf(fields), `invalid_value ${param}`, JSON.stringify(fields))
  assert.is(faultOf({ temperature: 0, best_of: 2 }, 0), 'invalid_value max_tokens')
})

test.run()

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Adjustments, adjustLogits } from '../../../servables/llm/adjustments.ts'

type Logit = number | '-inf'

interface Golden {
  readonly logits: Readonly<Record<string, readonly Logit[]>>
  readonly prompt: readonly number[]
  readonly end_tokens: readonly number[]
  readonly adjustments: readonly {
    readonly logits: string
    readonly answer: readonly number[]
    readonly repetition_penalty?: number
    readonly logit_bias?: readonly [number, number][]
    readonly no_repeat_ngram_size?: number
    readonly bad_words?: readonly number[][]
    readonly min_tokens?: number
    readonly allowed_tokens?: readonly number[]
    readonly adjusted: readonly Logit[]
  }[]
}

const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, 'sampling.golden.json'), 'utf8'))
const floats = (logits: readonly Logit[]) => Float32Array.from(logits, (logit) => (logit === '-inf' ? -Infinity : logit))

/** What becomes of logits behind a text of prompt and answer; checks that the counts are zeros again. */
const adjusted = (
  logits: readonly number[] | Float32Array,
  adjustments: Adjustments,
  prompt: readonly number[] = [],
  answer: readonly number[] = [],
  endTokens: readonly number[] = [],
): number[] => {
  const changed = Float32Array.from(logits)
  const counts = new Int32Array(logits.length)
  const history = { tokens: [...prompt, ...answer], promptLength: prompt.length, endTokens: new Set(endTokens) }
  adjustLogits(changed, adjustments, history, counts)
  assert.ok(counts.every((count) => count === 0))
  return [...changed]
}

test("bias, repetition penalty and masks make of logits what transformers' processors make of them", () => {
  for (const { logits, answer, adjusted: expected, ...fields } of golden.adjustments) {
    const adjustments = {
      logitBias: fields.logit_bias,
      repetitionPenalty: fields.repetition_penalty,
      noRepeatNgram: fields.no_repeat_ngram_size,
      badWords: fields.bad_words,
      minTokens: fields.min_tokens,
      allowedTokens: fields.allowed_tokens,
    }
    const found = adjusted(floats(golden.logits[logits]!), adjustments, golden.prompt, answer, golden.end_tokens)
    for (const [token, value] of floats(expected).entries()) {
      const what = `${logits} ${JSON.stringify(fields)} behind ${answer}, token ${token}: ${found[token]} for ${value}`
      assert.ok(value === found[token] || Math.abs(value - found[token]!) <= 1e-5 * Math.abs(value), what)
    }
  }
})

test('presence is subtracted once, frequency for each time, and both look at the answer alone', () => {
  const answer = [2, 3, 2, 2]
  assert.equal(adjusted([1, 1, 1, 1], { presencePenalty: 0.5 }, [0, 3], answer), [1, 1, 0.5, 0.5])
  assert.equal(adjusted([1, 1, 1, 1], { frequencyPenalty: 0.25 }, [0, 3], answer), [1, 1, 0.25, 0.75])
  assert.equal(adjusted([1, 1, 1, 1], { frequencyPenalty: 0.25, presencePenalty: -2 }, [0, 3], answer), [1, 1, 2.25, 2.75])
  assert.equal(adjusted([1, 1, 1, 1], { frequencyPenalty: 2, presencePenalty: 2 }, [0, 3, 1]), [1, 1, 1, 1])
})

test('a repetition penalty comes before the others', () => {
  assert.equal(adjusted([4, 4], { repetitionPenalty: 2, presencePenalty: 1 }, [], [0]), [1, 4])
})

test('a bad word that began in the prompt is not ended in the answer', () => {
  assert.equal(adjusted([0, 0, 0], { badWords: [[1, 2]] }, [0, 1]), [0, 0, -Infinity])
  assert.equal(adjusted([0, 0, 0], { badWords: [[1, 2]] }, [1, 0]), [0, 0, 0])
})

/** A text around reasoning, of tokens that spell their own numbers. */
const mark = (...tokens: number[]) => ({ text: tokens.join(''), tokens })

test('reasoning that has come to its length is ended, token by token, and what is behind it is free', () => {
  const next = (answer: readonly number[], begins: readonly number[][], tokens = 2) => {
    const thinking = { tokens, begins: begins.map((each) => mark(...each)), ends: [mark(3, 4), mark(2)] }
    const found = adjusted([0, 0, 0, 0, 0], { thinking }, [1, 1, 1], answer)
    return found.filter((logit) => logit > -Infinity).length === 1 ? found.findIndex((logit) => logit > -Infinity) : undefined
  }
  assert.equal([next([], []), next([0], []), next([0, 0], []), next([0, 0, 3], [])], [undefined, undefined, 3, 4])
  assert.equal([next([0, 0, 3, 4], []), next([0, 0, 3, 4, 0, 0], []), next([2, 0, 0], [])], [undefined, undefined, undefined])
  assert.equal([next([0, 0, 0], [[1]]), next([0, 1, 0], [[1]]), next([0, 1, 0, 0], [[1]])], [undefined, undefined, 3])
  assert.is(next([], [], 0), 3)
})

test('the texts around reasoning may be written with other tokens', () => {
  const pieces = ['word', '<', '/', 't>', '</', ' <', 't>\n', '.</', '>', 't']
  const spelled = (text: string, ...tokens: number[]) => ({ text, tokens })
  const thinking = {
    tokens: 5,
    begins: [spelled('<t>', 1, 3)],
    ends: [spelled('</t>', 4, 3)],
    textOf: (token: number) => pieces[token]!,
  }
  /** The token that has to come; undefined: any. */
  const forced = (...answer: number[]) => {
    const left = adjusted(Array(10).fill(0), { thinking }, [0], answer).flatMap((logit, token) => (logit === 0 ? [token] : []))
    return left.length === 1 ? left[0] : undefined
  }
  const reasoning = [0, 0, 0, 0, 0]
  assert.is(forced(5, 6, ...reasoning), 4)
  assert.is(forced(5, 9, 8, ...reasoning, 4), 3)
  assert.is(forced(5, 6, ...reasoning, 4, 3), undefined)
  assert.is(forced(5, 6, 0, 0, 7, 6, 0), undefined, 'the model has ended it')
  assert.is(forced(5, 6, 0, 1, 2, 9, 8), undefined, 'with the last of the tokens that it may take')
  assert.is(forced(5, 6, 0, 1, 2, 9, 0), 4)
  assert.is(forced(...reasoning, ...reasoning), undefined, 'it has not begun any')
})

test('once the answer is long enough, its end may come', () => {
  const minTokens = 2
  assert.equal(adjusted([0, 0, 0], { minTokens }, [0, 0, 0, 0], [1], [2, 0]), [-Infinity, 0, -Infinity])
  assert.equal(adjusted([0, 0, 0], { minTokens }, [0, 0, 0, 0], [1, 1], [2, 0]), [0, 0, 0])
})

test('whatever is allowed, nothing else is left', () => {
  const logits = [1, 2, 3, 4, 5]
  fc.assert(
    fc.property(fc.array(fc.nat(4), { minLength: 1 }), (allowedTokens) => {
      const found = adjusted(logits, { allowedTokens })
      assert.equal(
        found,
        logits.map((logit, token) => (allowedTokens.includes(token) ? logit : -Infinity)),
      )
    }),
  )
})

test.run()

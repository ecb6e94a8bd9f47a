import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TextDeltaValue } from '../../../calculators/packets.ts'
import { cutAtStop, DetokenizerCalculator } from '../../../calculators/text/detokenizer.ts'
import type { Step } from '../../../servables/index.ts'
import { byteTokenizer, samplingParams } from '../../support/fakes.ts'
import { runCalculator } from '../../support/run-calculator.ts'

const shown = { final: false, includeStop: false }
const last = { final: true, includeStop: false }

/** What `cutAtStop` shows of pieces that come one after the other; the last is final. */
function showPieces(pieces: readonly string[], stops: readonly string[], includeStop = false) {
  let text = ''
  let held = ''
  for (const [index, piece] of pieces.entries()) {
    const cut = cutAtStop(held, piece, stops, { final: index === pieces.length - 1, includeStop })
    text += cut.shown
    held = cut.held
    if (cut.stop !== undefined) return { text, stopped: true }
  }
  return { text, stopped: false }
}

/** The definition: character by character, the first stop string to be complete ends the text, the longest of those. */
function showCharacters(text: string, stops: readonly string[], includeStop: boolean) {
  for (let end = 1; end <= text.length; end++) {
    const complete = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map((stop) => stop.length)
    if (complete.length > 0) return { text: text.slice(0, includeStop ? end : end - Math.max(...complete)), stopped: true }
  }
  return { text, stopped: false }
}

test('shows all of a text without stop strings at once', () => {
  assert.equal(cutAtStop('', 'so STO', [], shown), { shown: 'so STO', held: '', stop: undefined })
})

test('holds back what may become a stop string', () => {
  assert.equal(cutAtStop('', 'so STO', ['STOP'], shown), { shown: 'so ', held: 'STO', stop: undefined })
  assert.equal(cutAtStop('STO', 'RM', ['STOP'], shown), { shown: 'STORM', held: '', stop: undefined })
})

test('shows what was held back when no more comes', () => {
  assert.equal(cutAtStop('STO', '', ['STOP'], last), { shown: 'STO', held: '', stop: undefined })
})

test('ends before the stop string, or behind it', () => {
  assert.equal(cutAtStop('STO', 'P it', ['STOP'], shown), { shown: '', held: '', stop: 'STOP' })
  assert.equal(cutAtStop('a STO', 'P it', ['STOP'], { final: false, includeStop: true }), {
    shown: 'a STOP',
    held: '',
    stop: 'STOP',
  })
})

test('the outcome does not depend on how text is cut into tokens', () => {
  const letters = (size: number) =>
    fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: size }).map((all) => all.join(''))
  const pieces = fc.array(fc.oneof(letters(5), fc.constant('')), { minLength: 1, maxLength: 12 })
  const stops = fc.array(letters(4), { maxLength: 4 })
  fc.assert(
    fc.property(pieces, stops, fc.boolean(), (pieces, stops, includeStop) => {
      assert.equal(showPieces(pieces, stops, includeStop), showCharacters(pieces.join(''), stops, includeStop))
    }),
    { numRuns: 2000 },
  )
})

/** What the node sends for the bytes of texts, one a step, of the choices in turn; and the choices that it dropped. */
async function detokenize(texts: readonly string[], stop: readonly string[] = []) {
  const dropped: number[] = []
  const rows = texts.map((text) => [...new TextEncoder().encode(text)])
  const steps: Step[] = []
  for (let at = 0; rows.some((row) => at <= row.length); at++) {
    for (const [choice, row] of rows.entries()) {
      if (at > row.length) continue
      const finish = at === row.length ? 'stop' : undefined
      steps.push({ choice, token: row[at], finish, drop: () => void dropped.push(choice) })
    }
  }
  const { DELTA } = await runCalculator<{ DELTA: TextDeltaValue }>(DetokenizerCalculator, {
    inputs: { STEPS: steps.map((step) => [step]), SAMPLING: [samplingParams({ stop })] },
    sides: { TOKENIZER: byteTokenizer },
  })
  return { deltas: DELTA.map(({ value }) => value), times: DELTA.map(({ timestamp }) => timestamp), dropped }
}

test('waits until the bytes of a character are complete, and counts their tokens', async () => {
  const { deltas, times } = await detokenize(['né'])
  assert.equal(deltas, [
    { choice: 0, text: 'n', tokens: 1, finish: undefined },
    { choice: 0, text: 'é', tokens: 2, finish: undefined },
    { choice: 0, text: '', tokens: 0, finish: 'stop' },
  ])
  assert.equal(times, [0, 2, 3])
})

test('what is incomplete at the end is shown as it is', async () => {
  const half = { choice: 0, token: 0xc3, finish: 'length' as const, drop: () => {} }
  const { DELTA } = await runCalculator<{ DELTA: TextDeltaValue }>(DetokenizerCalculator, {
    inputs: { STEPS: [[half]], SAMPLING: [samplingParams()] },
    sides: { TOKENIZER: byteTokenizer },
  })
  assert.equal(DELTA[0]!.value, { choice: 0, text: '\ufffd', tokens: 1, finish: 'length' })
})

test('stop strings are looked for behind the tokens that an answer must have', async () => {
  const steps = [...new TextEncoder().encode('no no')].map((token) => ({ choice: 0, token, finish: undefined, drop: () => {} }))
  const textWith = async (minTokens: number) => {
    const { DELTA } = await runCalculator<{ DELTA: TextDeltaValue }>(DetokenizerCalculator, {
      inputs: { STEPS: steps.map((step) => [step]), SAMPLING: [samplingParams({ stop: ['no'], minTokens })] },
      sides: { TOKENIZER: byteTokenizer },
    })
    return DELTA.map(({ value }) => value.text).join('')
  }
  assert.is(await textWith(0), '')
  assert.is(await textWith(1), 'no ')
  assert.is(await textWith(2), 'no ')
  assert.is(await textWith(5), 'no no')
})

test('logprobs and tokens go with the texts that they make', async () => {
  const step = (token: number, logprob: number) => ({
    choice: 0,
    token,
    finish: undefined,
    logprobs: { token, logprob, rank: 1, top: [[token, logprob]] as const },
    drop: () => {},
  })
  const promptLogprobs = [{ token: 97, logprob: -3, rank: 9, top: [] }]
  const { DELTA } = await runCalculator<{ DELTA: TextDeltaValue }>(DetokenizerCalculator, {
    inputs: {
      STEPS: [[{ ...step(0xc3, -1), promptLogprobs }], [step(0xa9, -2)], [step(0x21, -4)]],
      SAMPLING: [samplingParams({ returnTokens: true })],
    },
    sides: { TOKENIZER: byteTokenizer },
  })
  const [first, second] = DELTA.map(({ value }) => value)
  assert.is(first!.text, 'é')
  assert.equal(first!.ids, [0xc3, 0xa9])
  assert.equal(
    first!.logprobs!.map(({ text, bytes, logprob, top }) => [text, [...bytes], logprob, top.length]),
    [
      ['\ufffd', [0xc3], -1, 1],
      ['\ufffd', [0xa9], -2, 1],
    ],
  )
  assert.equal(
    first!.promptLogprobs!.map(({ id, text, rank }) => [id, text, rank]),
    [[97, 'a', 9]],
  )
  assert.equal([second!.text, second!.ids, second!.promptLogprobs], ['!', [0x21], undefined])
})

test('the texts of steps that have come together go out together, up to a stop string among them', async () => {
  const together = async (text: string, stop: readonly string[]) => {
    const dropped: number[] = []
    const tokens = [...new TextEncoder().encode(text)]
    const [first, ...more] = tokens.map(
      (token): Step => ({
        choice: 0,
        token,
        finish: undefined,
        logprobs: { token, logprob: -1, rank: 1, top: [] },
        drop: () => void dropped.push(token),
      }),
    )
    const { DELTA } = await runCalculator<{ DELTA: TextDeltaValue }>(DetokenizerCalculator, {
      inputs: { STEPS: [[first!, ...more], [first!]], SAMPLING: [samplingParams({ stop })] },
      sides: { TOKENIZER: byteTokenizer },
    })
    const told = DELTA.map(({ value }) => [value.text, value.tokens, value.logprobs?.length, value.finish, value.stop])
    return { told, pieces: DELTA[0]!.value.pieces?.map(({ text, tokens }) => [text, tokens]), dropped }
  }
  assert.equal(await together('a né', []), {
    told: [
      ['a né', 5, 5, undefined, undefined],
      ['a', 1, 1, undefined, undefined],
    ],
    pieces: [
      ['a', 1],
      [' ', 1],
      ['n', 1],
      ['é', 2],
    ],
    dropped: [],
  })
  assert.equal(await together('a STOP b', ['STOP']), {
    told: [['a ', 6, 6, 'stop', 'STOP']],
    pieces: [
      ['a', 1],
      [' ', 1],
    ],
    dropped: [0x50],
  })
})

test('a stop string ends its own choice, and drops it once', async () => {
  const { deltas, dropped } = await detokenize(['a STOP b', 'STORM'], ['STOP'])
  const textOf = (choice: number) => deltas.filter((delta) => delta.choice === choice).map(({ text }) => text)
  assert.equal(textOf(0), ['a', ' ', ''])
  assert.equal(textOf(1).join(''), 'STORM')
  assert.equal(dropped, [0])
  assert.is(
    deltas.filter(({ choice }) => choice === 0).reduce((sum, { tokens }) => sum + tokens, 0),
    'a STOP'.length,
  )
})

test.run()

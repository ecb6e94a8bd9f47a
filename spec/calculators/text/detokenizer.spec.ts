import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cutAtStop } from '../../../calculators/text/detokenizer.ts'

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
    if (cut.stopped) return { text, stopped: true }
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
  assert.equal(cutAtStop('', 'so STO', [], shown), { shown: 'so STO', held: '', stopped: false })
})

test('holds back what may become a stop string', () => {
  assert.equal(cutAtStop('', 'so STO', ['STOP'], shown), { shown: 'so ', held: 'STO', stopped: false })
  assert.equal(cutAtStop('STO', 'RM', ['STOP'], shown), { shown: 'STORM', held: '', stopped: false })
})

test('shows what was held back when no more comes', () => {
  assert.equal(cutAtStop('STO', '', ['STOP'], last), { shown: 'STO', held: '', stopped: false })
})

test('ends before the stop string, or behind it', () => {
  assert.equal(cutAtStop('STO', 'P it', ['STOP'], shown), { shown: '', held: '', stopped: true })
  assert.equal(cutAtStop('a STO', 'P it', ['STOP'], { final: false, includeStop: true }), {
    shown: 'a STOP',
    held: '',
    stopped: true,
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

test.run()

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../../engine/index.ts'
import { type GrammarLimits, GrammarService, type GrammarSpec, type Matcher } from '../../../servables/grammar/index.ts'
import { byteTokens, byteVocabulary, nextBytes } from './walks.ts'

const END = 1
const choice = (...options: readonly string[]): GrammarSpec => ({ type: 'choice', options })
const json: GrammarSpec = { type: 'json' }
/** The library aborts on each of these. */
const bad: readonly GrammarSpec[] = [
  { type: 'regex', pattern: '(a' },
  { type: 'regex', pattern: '(?=a)b' },
  { type: 'json_schema', schema: { type: 'text' } },
  { type: 'json_schema', schema: { $ref: '#/$defs/missing' } },
  { type: 'grammar', text: 'root ::= missing' },
  { type: 'grammar', text: `root ::= ${'('.repeat(20_000)}"a"${')'.repeat(20_000)}` },
  { type: 'structural_tag', tag: { type: 'tag', begin: 1 } },
]
/** Takes time that grows with the square of their number: properties, each of which may be left out. */
const properties = (count: number): GrammarSpec => ({
  type: 'json_schema',
  schema: {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, { type: 'string' }])),
  },
})
/** Takes seconds on any machine. */
const endless = properties(1500)
/** Takes a good part of a second. */
const slow = choice(...Array.from({ length: 14_000 }, (_, index) => `value ${index}`))
/** Needs more memory than the library begins with. */
const large = choice(...Array.from({ length: 9000 }, (_, index) => `value ${index}`))

const using = async (limits: Partial<GrammarLimits>, doing: (service: GrammarService) => Promise<void>): Promise<void> => {
  const service = new GrammarService(byteVocabulary, { threads: 1, ...limits })
  try {
    await doing(service)
  } finally {
    await service.dispose()
  }
}

const next = async (matcher: Matcher): Promise<string> => {
  await matcher.settled()
  return nextBytes(matcher.masks[0])
}

const codeOf = async (doing: Promise<unknown>): Promise<string> => {
  try {
    await doing
    return 'nothing thrown'
  } catch (error) {
    return error instanceof EngineError ? error.code : String(error)
  }
}

test('follows an answer token by token to its end', () =>
  using({}, async (service) => {
    const matcher = await service.open(choice('no', 'nothing', 'é'))
    assert.is(await next(matcher), 'n\xc3')
    matcher.accept(...byteTokens('no'))
    assert.is(await next(matcher), 'ENDt')
    matcher.accept(...byteTokens('thing'))
    assert.is(await next(matcher), 'END')
    assert.not(matcher.ended)
    matcher.accept(END)
    await matcher.settled()
    assert.ok(matcher.ended)
    assert.equal(matcher.masks, [])
  }))

test('goes on with an answer of which tokens are out', () =>
  using({}, async (service) => {
    const matcher = await service.open(choice('no', 'nothing', ''), byteTokens('not'))
    assert.is(await next(matcher), 'h')
    assert.is(await next(await service.open(choice('no', 'nothing', ''))), 'ENDn')
  }))

test('looks behind guessed tokens as far as the grammar allows them, and takes none of them', () =>
  using({}, async (service) => {
    const matcher = await service.open(choice('abcd', 'abx'))
    matcher.guess(byteTokens('abcz'))
    await matcher.settled()
    assert.equal(matcher.masks.map(nextBytes), ['a', 'b', 'cx', 'd'])
    matcher.accept(...byteTokens('ab'))
    assert.is(await next(matcher), 'cx')
    matcher.guess([...byteTokens('x'), END, 5])
    await matcher.settled()
    assert.equal(matcher.masks.map(nextBytes), ['cx', 'END'])
    matcher.accept(...byteTokens('x'))
    assert.is(await next(matcher), 'END')
  }))

test('a token that is not allowed fails its own answer alone', () =>
  using({}, async (service) => {
    const [wrong, right, ended] = await Promise.all([service.open(json), service.open(json), service.open(choice('a'))])
    wrong.accept(...byteTokens('{x'))
    right.accept(...byteTokens('{"'))
    ended.accept(...byteTokens('a'), END, ...byteTokens('a'))
    assert.is(await codeOf(wrong.settled()), 'internal')
    assert.is(await codeOf(ended.settled()), 'internal')
    assert.ok((await next(right)).includes('x'))
    right.accept(10_000)
    assert.is(await codeOf(right.settled()), 'internal')
    assert.is(await next(await service.open(choice('b'))), 'b')
  }))

test('refuses bad grammars with their reason, and serves the next grammar', () =>
  using({}, async (service) => {
    for (const spec of bad) assert.is(await codeOf(service.compile(spec)), 'invalid_value', JSON.stringify(spec).slice(0, 80))
    const error = await service.compile({ type: 'grammar', text: 'root ::= missing' }).catch((thrown: Error) => thrown)
    assert.match(String(error), /"missing" is not defined/)
    for (const text of ['root ::= root', 'root ::= "a" x\nx ::= x', 'root ::= "a" root']) {
      assert.match(String(await service.compile({ type: 'grammar', text }).catch((thrown: Error) => thrown)), /needs itself/)
      const tag = { type: 'tag', begin: 'b', content: { type: 'grammar', grammar: text }, end: 'e' }
      assert.is(await codeOf(service.compile({ type: 'structural_tag', tag })), 'invalid_value')
    }
    assert.is(service.size, 0)
    assert.is(await next(await service.open(choice('yes'))), 'y')
  }))

test('refuses what is too large or too deep before any thread sees it', () =>
  using({}, async (service) => {
    const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => ({ items: inner }), {})
    assert.is(await codeOf(service.compile({ type: 'json_schema', schema: deep })), 'invalid_value')
    assert.is(await codeOf(service.compile({ type: 'regex', pattern: 'a'.repeat(1_000_000) })), 'invalid_value')
    assert.is(await codeOf(service.compile(choice())), 'invalid_value')
    assert.is(service.size, 0)
  }))

test('running answers notice nothing of a grammar that breaks their thread', () =>
  using({}, async (service) => {
    const matchers = await Promise.all([service.open(json), service.open(json), service.open(choice('abc'), byteTokens('a'))])
    matchers[0].accept(...byteTokens('{"a'))
    const broken = bad.slice(0, 3).map((spec) => codeOf(service.compile(spec)))
    matchers[1].accept(...byteTokens('{'))
    assert.ok((await next(matchers[0])).includes('z'))
    assert.equal(await Promise.all(broken), ['invalid_value', 'invalid_value', 'invalid_value'])
    matchers[0].accept(...byteTokens('"'))
    matchers[2].accept(...byteTokens('b'))
    assert.is(await next(matchers[0]), ' :')
    assert.is(await next(matchers[1]), '\n "}')
    assert.is(await next(matchers[2]), 'c')
  }))

test('a grammar that takes too long is given up; what waits behind it and what runs beside it go on', () =>
  using({ patience: 1500 }, async (service) => {
    const matcher = await service.open(choice('abc'))
    await matcher.settled()
    const given = codeOf(service.compile(endless))
    const behind = service.open(choice('xyz'))
    matcher.accept(...byteTokens('a'))
    assert.is(await given, 'invalid_value')
    assert.is(await next(matcher), 'b')
    assert.is(await next(await behind), 'x')
  }))

test('a grammar that takes too much memory is given up', () =>
  using({ maxHeap: 17 * 2 ** 20 }, async (service) => {
    assert.is(await codeOf(service.compile(large)), 'invalid_value')
    assert.is(await next(await service.open(choice('a'))), 'a')
  }))

test('with two threads, answers are followed while a grammar is compiled', () =>
  using({ threads: 2 }, async (service) => {
    const matcher = await service.open(choice('abc'))
    await matcher.settled()
    const events: string[] = []
    const compiling = service.compile(slow).then(() => events.push('compiled'))
    matcher.accept(...byteTokens('a'))
    assert.is(await next(matcher), 'b')
    events.push('followed')
    await compiling
    assert.equal(events, ['followed', 'compiled'])
  }))

test('compiling does not hold up the event loop', () =>
  using({}, async (service) => {
    await service.compile(choice('a'))
    let turns = 0
    let longest = 0
    let last = performance.now()
    const started = last
    const ticking = setInterval(() => {
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
      turns++
    }, 1)
    await service.compile(slow)
    clearInterval(ticking)
    const took = performance.now() - started
    assert.ok(took > 100, `compiled in ${took} ms`)
    assert.ok(longest < took / 2, `stood still for ${longest} of ${took} ms, ${turns} turns`)
  }))

test('equal grammars are compiled once, also when they are asked for at once', () =>
  using({}, async (service) => {
    await Promise.all([service.compile(json), service.compile({ type: 'json' }), service.open(json)])
    assert.is(service.size, 1)
    assert.is(service.hits, 2)
    await service.compile(choice('a'))
    assert.is(service.hits, 2)
  }))

test('keeps so many grammars and no more, the lately used ones and those in use', () =>
  using({ maxGrammars: 3 }, async (service) => {
    const matcher = await service.open(choice('in use'))
    for (let index = 0; index < 20; index++) await service.compile(choice(`option ${index}`))
    assert.is(service.size, 3)
    matcher.accept(...byteTokens('in'))
    assert.is(await next(matcher), ' ')
    const { hits } = service
    await service.compile(choice('option 19'))
    await service.compile(choice('in use'))
    assert.is(service.hits, hits + 2)
    await service.compile(choice('option 1'))
    assert.is(service.hits, hits + 2)
    matcher.close()
    matcher.close()
    for (let index = 0; index < 5; index++) await service.compile(choice(`another ${index}`))
    await service.compile(choice('in use'))
    assert.is(service.hits, hits + 2)
  }))

test('a thread with much memory is started afresh when nobody needs it', () =>
  using({ spareHeap: 1 }, async (service) => {
    const matcher = await service.open(choice('abc'))
    await service.compile(large)
    assert.is(await next(matcher), 'a')
    assert.is(service.size, 2)
    matcher.close()
    assert.is(service.size, 0)
    assert.is(await next(await service.open(choice('xyz'))), 'x')
  }))

test('leaves nothing alive, and tells those that still wait', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length
  const service = new GrammarService(byteVocabulary)
  const matcher = await service.open(json)
  await matcher.settled()
  const waiting = codeOf(service.compile(endless))
  matcher.accept(...byteTokens('{'))
  await service.dispose()
  assert.is(await waiting, 'internal')
  assert.is(await codeOf(matcher.settled()), 'internal')
  assert.is(process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length, before)
})

test.run()

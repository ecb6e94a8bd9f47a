import { availableParallelism } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { joinSides, type ModelDefinition, Repository, type ServableKind } from '../../servables/index.ts'
import { memoryForRequests, usableMemory } from '../../servables/memory.ts'
import { threadsPerHost } from '../../servables/threads.ts'

const kindOf = (load: ServableKind['load']): ServableKind => ({
  name: 'fake',
  offers: { LLM: 'Llm' },
  options: z.unknown(),
  endpoints: {},
  looksFor: 'anything',
  detect: async () => true,
  load,
})

/** A repository of fakes that keeps what happened, in order. A path that contains `broken` fails to load. */
function fakes(definitions: readonly ModelDefinition[]) {
  const events: string[] = []
  const health = { healthy: true }
  const fake = kindOf(async ({ name, path, progress }) => {
    events.push(`load ${name} ${path}`)
    progress({ phase: 'reading', done: 1, total: 1 })
    if (path.includes('broken')) throw new EngineError('bad_model', 'no such file')
    return {
      sides: { LLM: `llm of ${path}`, TOKENIZER: `tokenizer of ${path}` },
      get healthy() {
        return health.healthy
      },
      async dispose() {
        events.push(`dispose ${path}`)
        if (path.includes('stuck')) throw new Error('it is stuck')
      },
    }
  })
  const repository = new Repository(definitions, {
    kinds: { fake },
    log: (model, level, message) => events.push(`${level} ${model} ${message}`),
    progress: (model, { phase }) => events.push(`progress ${model} ${phase}`),
  })
  return { repository, events, health, load: () => repository.load(new AbortController().signal) }
}

const loaded = (path: string) => ({ kind: 'fake', path, options: {} })
const model = (name: string, servables: ModelDefinition['servables'], more: Partial<ModelDefinition> = {}): ModelDefinition => ({
  name,
  servables,
  sidePackets: {},
  ...more,
})
const code = (attempt: () => unknown) => {
  try {
    attempt()
  } catch (error) {
    return error instanceof EngineError ? error.code : error
  }
  return undefined
}

test('loads models in their order and offers their side packets', async () => {
  const { repository, events, load } = fakes([model('a', { llm: loaded('/a') }), model('b', { llm: loaded('/b') })])
  assert.equal(
    repository.statuses().map(({ state }) => state),
    ['START', 'START'],
  )
  assert.is(
    code(() => repository.sides('a')),
    'model_not_ready',
  )
  await load()
  assert.equal(events, ['load a /a', 'progress a reading', 'load b /b', 'progress b reading'])
  assert.equal(repository.sides('b'), { LLM: 'llm of /b', TOKENIZER: 'tokenizer of /b' })
  assert.equal(repository.statuses(), [
    { name: 'a', state: 'AVAILABLE', healthy: true },
    { name: 'b', state: 'AVAILABLE', healthy: true },
  ])
  assert.is(
    code(() => repository.sides('c')),
    'model_not_found',
  )
  assert.is(repository.status('c'), undefined)
})

test('a model that fails says why, and the others are loaded', async () => {
  const { repository, load } = fakes([
    model('a', { llm: loaded('/broken') }),
    model('b', {}, { broken: 'there is no directory /b' }),
    model('c', { llm: { kind: 'nothing', path: '/c', options: {} } }),
    model('d', { llm: loaded('/d') }),
  ])
  await load()
  assert.equal(
    repository.statuses().map(({ state, reason }) => [state, reason]),
    [
      ['FAILED', 'no such file'],
      ['FAILED', 'there is no directory /b'],
      ['FAILED', 'there is no kind nothing'],
      ['AVAILABLE', undefined],
    ],
  )
  assert.is(
    code(() => repository.sides('a')),
    'model_not_ready',
  )
})

test('what a failed model had loaded is ended', async () => {
  const { events, load } = fakes([model('a', { llm: loaded('/a'), encoder: loaded('/broken') })])
  await load()
  assert.ok(events.includes('dispose /a'))
})

test('a shared servable is loaded once, also when it is configured later', async () => {
  const { repository, events, load } = fakes([
    model('graph', { llm: { model: 'base' } }),
    model('base', { llm: loaded('/base') }),
  ])
  await load()
  assert.equal(repository.sides('graph'), repository.sides('base'))
  await repository.dispose()
  assert.equal(events, ['load base /base', 'progress base reading', 'dispose /base'])
})

test('a model fails with the one it shares', async () => {
  const { repository, load } = fakes([
    model('graph', { llm: { model: 'base' } }),
    model('base', { llm: loaded('/broken') }),
    model('stray', { llm: { model: 'nobody' } }),
    model('x', { llm: { model: 'y' } }),
    model('y', { llm: { model: 'x' } }),
  ])
  await load()
  const reasons = new Map(repository.statuses().map(({ name, reason }) => [name, reason]))
  assert.match(reasons.get('graph') ?? '', 'base, which failed: no such file')
  assert.match(reasons.get('stray') ?? '', 'nobody')
  assert.match(reasons.get('x') ?? '', 'in turn')
})

test('is healthy as long as its servables are, also those of others; while they are not, it is loading again', async () => {
  const { repository, health, load } = fakes([model('a', { llm: loaded('/a') }), model('graph', { llm: { model: 'a' } })])
  assert.not(repository.status('a')?.healthy)
  await load()
  for (const healthy of [true, false, true]) {
    health.healthy = healthy
    const state = healthy ? 'AVAILABLE' : 'LOADING'
    assert.equal(repository.statuses(), [
      { name: 'a', state, healthy },
      { name: 'graph', state, healthy },
    ])
    assert.equal(repository.sides('graph'), repository.sides('a'))
  }
})

test('the cores are divided among the hosts, which servables have together that name one, and the memory among the servables', async () => {
  const seen: { readonly host: unknown; readonly threads: number; readonly memory: number }[] = []
  const fake = kindOf(async ({ host, threads, memory }) => {
    seen.push({ host, threads, memory })
    return { sides: {}, healthy: true, dispose: async () => {} }
  })
  const shared = { ...loaded('/s'), host: 'small' }
  const definitions = [
    model('a', { llm: shared, other: loaded('/a') }),
    model('b', { llm: shared, again: { model: 'a' } }),
    model('c', { llm: loaded('/c') }, { broken: 'it has faults' }),
  ]
  const repository = new Repository(definitions, { kinds: { fake }, log: () => {}, progress: () => {} })
  await repository.load(new AbortController().signal)
  const [first, own, second] = seen
  assert.is(seen.length, 3)
  assert.is(first?.host, second?.host)
  assert.is.not(first?.host, own?.host)
  assert.equal(new Set(seen.map(({ threads }) => threads)), new Set([threadsPerHost(availableParallelism(), 2)]))
  for (const { memory } of seen) assert.is(memory, memoryForRequests(usableMemory(), 3))
})

test('ends all models, the last one first, also when one fails to', async () => {
  const { repository, events, load } = fakes([
    model('a', { llm: loaded('/a') }),
    model('b', { llm: loaded('/stuck') }),
    model('c', { llm: loaded('/c') }),
  ])
  await load()
  await repository.dispose()
  assert.equal(
    events.filter((event) => !/^(load|progress)/.test(event)),
    ['dispose /c', 'dispose /stuck', 'error b model failed to end', 'dispose /a'],
  )
  await repository.dispose()
  assert.is(events.filter((event) => event.startsWith('dispose')).length, 3)
})

test('loads nothing more once it is told to stop', async () => {
  const { repository, events } = fakes([model('a', { llm: loaded('/a') })])
  await repository.load(AbortSignal.abort())
  assert.equal(events, [])
})

test('a load that is broken off is not reported as a failure', async () => {
  const stop = new AbortController()
  const lines: string[] = []
  const fake = kindOf(async ({ signal }) => {
    stop.abort()
    signal.throwIfAborted()
    return assert.unreachable() as never
  })
  const log = (_: string, level: string) => lines.push(level)
  const repository = new Repository([model('a', { llm: loaded('/a') })], { kinds: { fake }, log, progress: () => {} })
  await repository.load(stop.signal)
  assert.equal([repository.status('a')?.state, lines], ['FAILED', []])
})

test("a tag that two servables offer is nobody's until it is picked", () => {
  const offered = { llm: { LLM: 1, TOKENIZER: 2 }, encoder: { ENCODER: 3, TOKENIZER: 4 } }
  assert.equal(joinSides(offered, {}), { LLM: 1, ENCODER: 3 })
  const picks = { TOKENIZER: { servable: 'llm', tag: 'TOKENIZER' }, ENCODER_TOKENIZER: { servable: 'encoder', tag: 'TOKENIZER' } }
  assert.equal(joinSides(offered, picks), { LLM: 1, ENCODER: 3, TOKENIZER: 2, ENCODER_TOKENIZER: 4 })
  assert.equal(joinSides(offered, { LLM: { servable: 'encoder', tag: 'ENCODER' } }), { LLM: 3, ENCODER: 3 })
  assert.equal(joinSides(offered, { X: { servable: 'nobody', tag: 'Y' } }), { LLM: 1, ENCODER: 3 })
})

test.run()

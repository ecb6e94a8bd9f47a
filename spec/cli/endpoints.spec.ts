import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ConfiguredModel } from '../../cli/configuration/index.ts'
import { createEndpoints } from '../../cli/endpoints.ts'
import { EngineError, type Plan } from '../../engine/index.ts'

const plan = (name: string): Plan => ({
  name,
  file: `${name}.yaml`,
  nodes: [],
  streams: [],
  inputs: [],
  outputs: [],
  sideInputs: [],
  sideOutputs: [],
  maxQueueSize: 100,
  reportDeadlock: false,
})
const model = (name: string, ...routes: string[]): ConfiguredModel => ({
  name,
  path: `/${name}`,
  created: 0,
  servables: {},
  sidePackets: {},
  endpoints: new Map(routes.map((route) => [route, plan(route)])),
})
const repository = {
  sides: (name: string) => {
    if (name === 'failed') throw new EngineError('model_not_ready', 'no files')
    return { LLM: name }
  },
}
const models = [model('chat', 'chat/completions', 'tokenize'), model('words', 'text/echo'), model('failed')]
const endpoints = createEndpoints({ models, defaultModel: undefined }, repository, ['embeddings'])

const refusal = (route: string, name: string | undefined): Partial<EngineError> => {
  try {
    endpoints.find(route, name)
  } catch (error) {
    if (error instanceof EngineError) return error
  }
  return {}
}

test('route and model find a graph and its side packets', () => {
  const found = endpoints.find('chat/completions', 'chat')
  assert.equal([found.model, found.sides], ['chat', { LLM: 'chat' }])
  assert.is(endpoints.find('chat/completions', 'chat').graph, found.graph)
  assert.equal([...endpoints.routes], ['chat/completions', 'tokenize', 'text/echo', 'embeddings'])
})

test('a request that names no model needs a default one', () => {
  assert.equal(
    [refusal('tokenize', undefined).code, refusal('tokenize', undefined).param],
    ['missing_required_parameter', 'model'],
  )
  assert.is(createEndpoints({ models, defaultModel: 'chat' }, repository).find('tokenize', undefined).model, 'chat')
})

test('where the default model has other routes, the only one that has this is meant', () => {
  const others = [...models, model('ranks', 'rerank', 'tokenize')]
  const { find } = createEndpoints({ models: others, defaultModel: 'chat' }, repository, ['embeddings'])
  assert.equal([find('rerank', undefined).model, find('tokenize', undefined).model], ['ranks', 'chat'])
  const unsure = createEndpoints({ models: [...others, model('ranks-too', 'rerank')], defaultModel: 'chat' }, repository)
  for (const refused of [() => find('embeddings', undefined), () => unsure.find('rerank', undefined)]) {
    assert.throws(refused, (error: EngineError) => error.code === 'invalid_value' && error.message.includes('The model chat'))
  }
  const failing = createEndpoints({ models: others, defaultModel: 'failed' }, repository)
  assert.throws(
    () => failing.find('rerank', undefined),
    (error: EngineError) => error.code === 'model_not_ready',
  )
})

test("a model's route is for every version of an API that it has no other for", () => {
  const ranks = [model('plain', 'rerank'), model('versioned', 'rerank', 'v1/rerank')]
  const { find } = createEndpoints({ models: ranks, defaultModel: undefined }, repository)
  assert.is(find('v1/rerank', 'plain').graph, find('rerank', 'plain').graph)
  assert.is.not(find('v1/rerank', 'versioned').graph, find('rerank', 'versioned').graph)
})

test('an unknown model is told what there is', () => {
  const { code, param, message } = refusal('tokenize', 'chta')
  assert.equal([code, param], ['model_not_found', 'model'])
  assert.match(message ?? '', 'did you mean chat?')
  assert.ok((refusal('tokenize', 'x'.repeat(100_000)).message?.length ?? 0) < 1000)
})

test('a model is told which routes it answers', () => {
  const { code, param, message } = refusal('text/echo', 'chat')
  assert.equal([code, param], ['invalid_value', 'model'])
  assert.match(message ?? '', 'chat/completions, tokenize')
})

test('a model that failed says so on every route', () => {
  assert.is(refusal('embeddings', 'failed').code, 'model_not_ready')
})

test.run()

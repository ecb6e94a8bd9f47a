import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { configure } from '../../../cli/configure.ts'
import { type ApiDescription, openApiDocument } from '../../../cli/openapi/index.ts'
import { fakeDoor, folder, root } from '../support.ts'

type Json = { readonly [key: string]: Json } & readonly Json[] & string

/** The document of a configuration file. */
async function documentOf(config: string, more: Partial<ApiDescription> = {}): Promise<Json> {
  const { configuration, faults } = await configure({ config })
  assert.equal(faults, [])
  return openApiDocument({ configuration: configuration!, isSecured: false, hasMetrics: true, ...more }) as Json
}

const demo = join(root, 'models/config.yaml')
/** A model of each kind. */
const kinds = folder({
  'config.json': JSON.stringify({
    model_config_list: Object.entries({
      chat: 'models/demo-chat',
      embed: 'spec/fixtures/encoders/bert-mean',
      rank: 'spec/fixtures/encoders/bert-rerank',
    }).map(([name, path]) => ({ config: { name, base_path: join(root, path) } })),
  }),
})
test.after(() => kinds.remove())
const all = join(kinds.path, 'config.json')
const example = join(root, 'examples/echo-words/config.yaml')

test('is valid as OpenAPI 3.1', async () => {
  const documents = [
    await documentOf(demo),
    await documentOf(demo, { isSecured: true, hasMetrics: false }),
    await documentOf(example),
    await documentOf(all),
  ]
  for (const document of documents) {
    const { valid, errors } = await new Validator().validate(structuredClone(document))
    assert.ok(valid, JSON.stringify(errors))
    assert.is(document.openapi, '3.1.0')
  }
})

test('every reference leads somewhere, and nothing lies about unused', async () => {
  const document = await documentOf(all, { isSecured: true })
  const named = ['schemas', 'responses'].flatMap((kind) =>
    Object.keys(document.components![kind]!).map((name) => `#/components/${kind}/${name}`),
  )
  const used = new Set([...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!))
  assert.equal([...used].sort(), named.sort())
})

test("has every route of the models, under all prefixes, and the door's own", async () => {
  const { configuration } = await configure({ config: all })
  const paths = Object.keys((await documentOf(all)).paths!)
  const routes = configuration!.models.flatMap(({ endpoints }) => [...endpoints.keys()])
  for (const route of routes) {
    for (const version of /^v\d\//.test(route) ? ['v3'] : ['v1', 'v2', 'v3']) {
      assert.ok(paths.includes(`/${version}/${route}`), route)
    }
  }
  const { app } = await fakeDoor({ metrics: async () => ({ contentType: 'text/plain', data: '' }) })
  const own = app.routes.filter(({ method }) => method === 'GET').map(({ path }) => path)
  assert.ok(own.length > 10)
  for (const path of own) {
    for (const version of path.startsWith('/:version') ? ['v1', 'v3'] : ['']) {
      const template = path.replace(/^\/:version\{[^}]+\}/, `/${version}`).replace(':id{.+}', '{id}')
      const folder = template.replace(/\/[^/]+$/, '/{file}')
      assert.ok(paths.includes(template) || paths.includes(folder), path)
    }
  }
})

test("Cohere's routes are where its clients ask, under /v3 too; there, and only there, embed is TEI's", async () => {
  const { paths } = await documentOf(all)
  const readers = Object.entries(paths!).flatMap(([path, { post }]) => {
    if (!isCohere(path)) return []
    const { $ref } = post!.requestBody!.content!['application/json']!.schema!
    return [`${path} ${String($ref).split('/').at(-1)} ${post!.responses!['400']!.$ref}`]
  })
  const [openai, cohere] = ['#/components/responses/BadRequest', '#/components/responses/cohereBadRequest']
  assert.equal(readers.sort(), [
    `/v1/embed EmbedRequest ${cohere}`,
    `/v1/rerank RerankRequest ${cohere}`,
    `/v2/embed EmbedRequest ${cohere}`,
    `/v2/rerank RerankRequest ${cohere}`,
    `/v3/embed TeiEmbedRequest ${openai}`,
    `/v3/rerank RerankRequest ${openai}`,
    `/v3/v1/embed EmbedRequest ${cohere}`,
    `/v3/v1/rerank RerankRequest ${cohere}`,
    `/v3/v2/embed EmbedRequest ${cohere}`,
    `/v3/v2/rerank RerankRequest ${cohere}`,
  ])
})

test('every request is described with an example', async () => {
  const { schemas } = (await documentOf(all)).components!
  for (const [name, { examples }] of Object.entries(schemas!)) {
    if (name.endsWith('Request')) assert.ok(['chat', 'embed', 'rank'].includes(examples![0]!.model!), name)
  }
})

test('a route is the same under every prefix', async () => {
  const paths = (await documentOf(all, { isSecured: true })).paths!
  const routes = Object.keys(paths).filter((path) => paths[path]!.post && path.startsWith('/v1/') && !isCohere(path))
  assert.ok(routes.length >= 10)
  for (const path of routes) {
    const same: Readonly<Record<string, unknown>>[] = ['v1', 'v2', 'v3'].map(
      (version) => paths[path.replace('v1', version)]!.post!,
    )
    for (const { tags, operationId, ...rest } of same) {
      const { tags: _, operationId: __, ...first } = same[0]!
      assert.equal([rest, operationId], [first, String(operationId).replace(/^v./, String([tags].flat()[0]))])
    }
  }
})

const isCohere = (path: string) => /\/(embed|rerank)$/.test(path)

test('a request is described by the schema that checks it; its optional fields may be null', async () => {
  const { schemas } = (await documentOf(demo)).components!
  const { properties, required } = schemas!.ChatRequest!
  assert.equal([properties!.temperature!.minimum, properties!.temperature!.maximum], [0, 2])
  assert.equal(properties!.temperature!.type, ['number', 'null'])
  assert.equal(required, ['messages'])
  assert.is(properties!.messages!.type, 'array')
})

test('model is any text, with what is served as examples, and required where there is no default', async () => {
  const optional = (await documentOf(demo)).components!.schemas!.ChatRequest!
  assert.equal(optional.properties!.model!.examples, ['demo-chat'])
  assert.is(optional.properties!.model!.enum, undefined)
  const { path, remove } = folder({
    'config.yaml': `model_config_list: [{ config: { name: a, base_path: ${join(root, 'models/demo-chat')} } }]\n`,
  })
  const required = (await documentOf(join(path, 'config.yaml'))).components!.schemas!.ChatRequest!
  remove()
  assert.equal(required.required, ['model', 'messages'])
})

test("refusals have the shape of their route's API", async () => {
  const { paths, components } = await documentOf(demo)
  const refusal = (route: string) => paths![`/v1/${route}`]!.post!.responses!['404']!.$ref
  assert.is(refusal('responses'), '#/components/responses/NotFound')
  assert.is(refusal('messages'), '#/components/responses/anthropicNotFound')
  const { schema } = components!.responses!.anthropicNotFound!.content!['application/json']!
  assert.equal(schema!.properties!.error!.properties!.type, { enum: ['not_found_error'] })
  const { components: others } = await documentOf(example)
  assert.is(others!.responses!.anthropicNotFound, undefined)
})

test('answers are described whole and by their events', async () => {
  const content = (await documentOf(demo)).paths!['/v1/chat/completions']!.post!.responses!['200']!.content!
  assert.equal(content['application/json']!.schema, { $ref: '#/components/schemas/ChatResponse' })
  const { data } = content['text/event-stream']!.schema!.properties!
  assert.equal(data!.anyOf![0]!.const, '[DONE]')
  const [event] = data!.anyOf![1]!.contentSchema!.anyOf!
  assert.equal(event, { $ref: '#/components/schemas/ChatResponseEvent' })
})

test("an author's own route is there, with what its calculator tells, and generic where it tells nothing", async () => {
  const document = await documentOf(example)
  const { requestBody, responses } = document.paths!['/v1/text/echo']!.post!
  assert.equal(requestBody!.content, { 'application/json': { schema: { $ref: '#/components/schemas/EchoWords' } } })
  assert.equal(Object.keys(document.components!.schemas!.EchoWords!.properties!), ['model', 'text', 'stream'])
  assert.equal(responses!['200']!.content, { '*/*': {} })

  const { path, remove } = folder({
    'config.yaml': 'model_config_list: [{ config: { name: bare } }]\ncalculator_modules: [./bare.mjs]\n',
    'bare/graph.yaml': `endpoint:
  bare:
    input_stream: { PAYLOAD: payload }
    output_stream: { BODY: body }
    node: [{ calculator: BareCalculator, input_stream: { PAYLOAD: payload }, output_stream: { BODY: body } }]
`,
    'bare.mjs': `import { Body, Payload } from 'ovms-ts/calculators'
import { calculator } from 'ovms-ts/engine'
export const BareCalculator = calculator({ inputs: { PAYLOAD: Payload }, outputs: { BODY: Body } }, () => ({ process() {} }))
`,
  })
  const bare = (await documentOf(join(path, 'config.yaml'))).paths!['/v1/bare']!.post!
  remove()
  assert.equal(Object.keys(bare.requestBody!.content!), ['application/json', 'multipart/form-data'])
  assert.equal(bare.requestBody!.content!['application/json']!.schema, { $ref: '#/components/schemas/AnyRequest' })
  assert.equal(bare.responses!['200']!.content, { '*/*': {} })
})

test('a key is asked for where there is one, but not for health and documents', async () => {
  const open = await documentOf(demo)
  assert.is(open.security, undefined)
  assert.is(open.paths!['/v1/models']!.get!.responses!['401'], undefined)
  const { security, paths, components } = await documentOf(demo, { isSecured: true })
  assert.equal(security, [{ bearer: [] }, { key: [] }])
  assert.is(components!.securitySchemes!.bearer!.scheme, 'bearer')
  assert.ok(paths!['/v1/chat/completions']!.post!.responses!['401'])
  for (const path of ['/health', '/v2/health/live', '/v2/health/ready', '/openapi.json', '/docs', '/redoc']) {
    assert.equal(paths![path]!.get!.security, [], path)
  }
})

test.run()

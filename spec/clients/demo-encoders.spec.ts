import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, type LiveServer, root, serving } from '../cli/support.ts'
import { run } from './programs.ts'

const test = suite('demo-embed and demo-rerank, by the default configuration')

let server: LiveServer
test.before(async () => {
  server = await serving([], { program: compiled })
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

interface Result {
  readonly index: number
  readonly relevance_score: number
}

async function post<T>(route: string, json: object): Promise<T> {
  const body = JSON.stringify(json)
  const response = await fetch(`${server.url}/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  assert.is(response.status, 200, await response.clone().text())
  return (await response.json()) as T
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, index) => sum + value * b[index]!, 0)
const cosineOf = ([first, ...others]: readonly { readonly embedding: readonly number[] }[]) =>
  others.map(({ embedding }) => dot(first!.embedding, embedding))

const cosines = async (input: readonly string[]) =>
  cosineOf((await post<{ data: { embedding: number[] }[] }>('v3/embeddings', { model: 'demo-embed', input })).data)

const ranked = async (query: string, documents: readonly string[]) =>
  (await post<{ results: Result[] }>('v3/rerank', { model: 'demo-rerank', query, documents })).results

/** What the server itself suggests, and what the README prints, as they stand there. */
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const commands = (text: string, route: string) =>
  [...text.matchAll(/curl [^\n]*\\\n[^\n]*/g)].map(([command]) => command).filter((command) => command.includes(route))
const printed = async (command: string) => {
  const { stdout, code } = await run('sh', ['-c', command.replace('http://127.0.0.1:8000', server.url)])
  assert.is(code, 0)
  return JSON.parse(stdout)
}

test('the default configuration has the three demo models, and a request to try for each', async () => {
  const { data } = (await (await fetch(`${server.url}/v3/models`)).json()) as { data: { id: string; state: string }[] }
  assert.equal(
    data.map(({ id, state }) => [id, state]),
    ['demo-chat', 'demo-embed', 'demo-rerank'].map((name) => [name, 'AVAILABLE']),
  )
  const suggested = [...commands(server.stdout(), '/v1/embeddings'), ...commands(server.stdout(), '/v1/rerank')]
  const [vectors, ranking] = await Promise.all(suggested.map(printed))
  assert.is(vectors.data.length, 2)
  assert.is(ranking.results[0].index, 1)
  assert.is(commands(server.stdout(), '/v1/chat/completions').length, 1)
})

test("the README's rerank request gives the answer that stands there", async () => {
  const [command] = commands(readme, '/v3/rerank')
  const shown = JSON.parse(/```json\n([\s\S]*?)```/.exec(readme.split(command!)[1]!)![1]!) as { results: Result[] }
  const answered = (await printed(command!)) as { results: Result[] }
  assert.equal(
    answered.results.map(({ index }) => index),
    shown.results.map(({ index }) => index),
  )
  for (const [place, { relevance_score }] of answered.results.entries()) {
    assert.ok(Math.abs(relevance_score - shown.results[place]!.relevance_score) < 1e-3)
  }
})

test("the README's texts are as near to each other as it says", async () => {
  const [command] = commands(readme, '/v3/embeddings')
  const { data } = await printed(command!)
  const told = /first two have a cosine of ([\d.]+), the first and the last of (-?[\d.]+)\./.exec(readme.replaceAll('\n', ' '))
  const [near, far] = cosineOf(data)
  assert.equal([near!.toFixed(2), far!.toFixed(2)], [told?.[1], told?.[2]])
})

/** A text, one that means nearly the same, and one that does not; none is in the training texts as it is. The card tells which go wrong. */
const triples = [
  ['The weather is lovely today.', "It's so sunny outside!", 'He drove to the stadium.'],
  ['What is the best way to cook pasta?', 'How should I boil noodles?', 'How do I invest in shares?'],
  ['The new movie is awesome', 'The film is so great', 'The dog plays in the garden'],
  ["My laptop won't turn on", 'The computer does not boot', 'My flight was delayed'],
  ['The judge sentenced the thief to prison', 'A court sent the robber to jail', 'The teacher praised the pupil'],
  ['The surgeon operated on his knee', 'he had surgery on his leg in the clinic', 'The clown performed on his bike'],
  ['I need a new passport', 'my travel document has expired', 'I need a new hammer'],
  ['cheap flights to Spain', 'inexpensive plane tickets to Madrid', 'expensive furniture from Denmark'],
  ['happy', 'glad', 'table'],
] as const

for (const [text, near, far] of triples) {
  test(`'${text}' is nearer to '${near}' than to '${far}'`, async () => {
    const [one, other] = await cosines([text, near, far])
    assert.ok(one! > other!, `${one} ${other}`)
  })
}

/** Queries with documents, the best one first: the example of Cohere's documentation, and others. */
const queries: readonly (readonly [string, readonly string[]])[] = [
  [
    'What is the capital of the United States?',
    [
      'Washington, D.C. (also known as simply Washington or D.C., and officially as the District of Columbia) is the capital of the United States. It is a federal district.',
      'Carson City is the capital city of the American state of Nevada.',
      'The Commonwealth of the Northern Mariana Islands is a group of islands in the Pacific Ocean. Its capital is Saipan.',
      'Capitalization or capitalisation in English grammar is the use of a capital letter at the start of a word. English usage varies from capitalization in other languages.',
      'Capital punishment (the death penalty) has existed in the United States since beforethe United States was a country. As of 2017, capital punishment is legal in 30 of the 50 states.',
    ],
  ],
  [
    'How do I reset my password?',
    [
      "Click on 'Forgot password' and follow the link in the email.",
      'Our office is open from nine to five.',
      'The alarm clock can be reset with the small button.',
    ],
  ],
  [
    'Who is the boss of Trevanox?',
    ['Trevanox is led by Milena Horak.', 'Trevanox sells shoes.', 'Olaf Brenn is the boss of Quillbase.'],
  ],
  ['How long does delivery take?', ['Orders arrive within three to five days.', 'We accept credit cards.', 'The river is long.']],
]

for (const [query, documents] of queries) {
  test(`'${query}' is answered best by '${documents[0]!.slice(0, 40)}'`, async () => {
    const results = await ranked(query, documents.toReversed())
    assert.is(results[0]!.index, documents.length - 1)
  })
}

test('the sentence that answers is found at the end of a document that must be cut', async () => {
  const filler = 'The shop sells fruit and vegetables. '.repeat(60)
  const [first] = await ranked('What is the capital of France?', [filler, `${filler}Paris is the capital of France.`])
  assert.is(first!.index, 1)
})

test.run()

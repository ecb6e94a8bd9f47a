import { join } from 'node:path'
import type OpenAI from 'openai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, type LiveServer, post, serving } from '../../cli/support.ts'
import { interpreter, run } from '../programs.ts'
import { printedIn } from './documents.ts'

const test = suite('what the seed documents print')

/** One of the documents: where it says its server is, what it calls its models, and what each of its requests prints here. */
interface SeedDocument {
  readonly title: string
  readonly file: string
  readonly hosts: readonly string[]
  readonly models: readonly string[]
  readonly prints: readonly RegExp[]
}

const sdkMessage = /^ChatCompletionMessage\(content='This is a test\.', refusal=None, role='assistant'/
const chatJson = /"message":\{"role":"assistant","content":"This is a test\."/
const testText = /^ .*\btest\b/
const completionJson = /"text":"[^"]*\btest\b/
const demo = /demo model of ovms-ts/

const documents: readonly SeedDocument[] = [
  {
    title: 'OVMS, Generative AI Use Cases',
    file: 'ovms-clients-genai.md',
    hosts: ['http://localhost:8000'],
    models: ['meta-llama/Llama-2-7b-chat-hf', 'meta-llama/Llama-2-7b'],
    prints: [sdkMessage, chatJson, chatJson, testText, completionJson, completionJson, /^This is a test\.$/, testText],
  },
  {
    title: 'OVMS, OpenAI API Clients',
    file: 'ovms-clients-openai.md',
    hosts: ['http://localhost:8000'],
    models: ['meta-llama/Llama-2-7b-chat-hf', 'meta-llama/Llama-2-7b'],
    // The piece with `extra_body` prints nothing.
    prints: [sdkMessage, chatJson, chatJson, /^$/, testText, completionJson, completionJson, /^This is a test\.$/, testText],
  },
  {
    title: 'h2oGPT, Client APIs',
    file: 'h2ogpt-client.md',
    hosts: ['https://localhost:5000', 'http://localhost:5000'],
    models: ['h2oai/h2ogpt-4096-llama2-70b-chat', '<model name>'],
    prints: [demo, demo, demo, demo, demo, demo, demo],
  },
]

/** The documents' requests, for this server. */
const asked = (url: string) =>
  documents.map(({ file, hosts, models, ...document }) => ({
    ...document,
    printed: printedIn(file).map((printed) => ({ ...printed, source: here(printed.source, url, hosts, models) })),
  }))

function here(source: string, url: string, hosts: readonly string[], models: readonly string[]): string {
  const moved = hosts.reduce((text, host) => text.replaceAll(host, url), source)
  return models.reduce((text, model) => text.replaceAll(model, 'demo-chat'), moved)
}

interface Told {
  readonly output: string
  readonly error: string | null
}

/** All Python of all documents, in one process; the documents take it as read that there is a name for the model. */
async function runPython(python: string, url: string): Promise<readonly (readonly Told[])[]> {
  const sources = asked(url).map(({ printed }) => [
    "model = 'demo-chat'",
    ...printed.filter(({ language }) => language === 'python').map(({ source }) => source),
  ])
  const program = join(import.meta.dirname, '../python/printed.py')
  const { stdout, stderr, code } = await run(python, [program], { input: JSON.stringify(sources), env: { API_KEY: 'unused' } })
  assert.is(code, 0, stderr)
  return (JSON.parse(stdout) as Told[][]).map((told) => told.slice(1))
}

/** What curl received; the texts of a stream's events joined, if it was one. */
function received(stdout: string): string {
  if (!stdout.startsWith('data: ')) return stdout
  const events = stdout.split('\n\n').filter(Boolean)
  assert.is(events.pop(), 'data: [DONE]')
  const chunks = events.map((event) => JSON.parse(event.slice('data: '.length)) as OpenAI.ChatCompletionChunk)
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
}

const python = interpreter('sdks')
let server: LiveServer
let pythonTold: readonly (readonly Told[])[] = []

test.before(async () => {
  server = await serving([], { program: compiled })
  if (python) pythonTold = await runPython(python, server.url)
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

for (const [index, { title, file, prints }] of documents.entries()) {
  const printed = printedIn(file)
  const pieces = printed.filter(({ language }) => language === 'python')

  test(`${title}: every printed request is here`, () => {
    assert.is(printed.length, prints.length)
  })

  for (const [at, block] of printed.entries()) {
    const name = `${title}: ${block.heading}, ${at + 1} (${block.language})`
    if (block.language === 'shell') {
      test(name, async () => {
        const { source } = asked(server.url)[index]!.printed[at]!
        const { stdout, stderr, code } = await run('bash', ['-c', source])
        assert.is(code, 0, stderr)
        assert.match(received(stdout), prints[at]!, stdout)
      })
    } else if (python) {
      test(name, () => {
        const { output, error } = pythonTold[index]![pieces.indexOf(block)]!
        assert.is(error, null, error ?? '')
        assert.match(output, prints[at]!, output)
      })
    } else test.skip(`${name}: spec/clients/python/environment.sh sdks --install`, () => {})
  }
}

test('OVMS, GenAI Endpoints prints no request; what it says holds: POST to /v3/…, model in the JSON, unary calls and streams', async () => {
  const ask = (more: object) => {
    const body = { model: 'demo-chat', messages: [{ role: 'user', content: 'Say this is a test' }], ...more }
    return fetch(`${server.url}/v3/chat/completions`, post(body))
  }
  assert.match(await (await ask({})).text(), chatJson)
  assert.is(received(await (await ask({ stream: true })).text()), 'This is a test.')
  assert.is((await ask({ model: 'another' })).status, 404)
})

test("T-Systems, JSON tab: a body of { key: 'value' } is refused with what it lacks", async () => {
  const response = await fetch(`${server.url}/v1/chat/completions`, post({ key: 'value' }))
  const { error } = (await response.json()) as { error: { param: string } }
  assert.equal([response.status, error.param], [400, 'messages'])
})

test.run()

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One of the seed documents: where it says its server is, what it calls its models and which of ours stands for each, and what each of its requests prints here. */
interface SeedDocument {
  readonly title: string
  readonly file: string
  readonly hosts: readonly string[]
  readonly models: Readonly<Record<string, string>>
  readonly prints: readonly RegExp[]
}

const sdkMessage = /^ChatCompletionMessage\(content='This is a test\.', refusal=None, role='assistant'/
/** The answer to "Say this is a test", as JSON. */
export const chatJson = /"message":\{"role":"assistant","content":"This is a test\."/
/** The same, from a text that is no conversation. */
const testText = /^\nThis is a test\.\n?$/
const completionJson = /"text":"\\nThis is a test\."/
const demo = /demo model of ovms-ts/
const vector = /^\[-?\d\.\d+(e-\d+)?, .*\]\n$/
const vectorJson = /"object":"embedding","index":0,"embedding":\[-?\d/
const rankedTwo = /^[01] 0\.\d+\n[01] 0\.\d+\n$/
const rankedJson = /"results":\[\{"index":[01],"relevance_score":0\.\d+\}/

const chat = 'demo-chat'
const embed = 'demo-embed'
const rerank = 'demo-rerank'

export const documents: readonly SeedDocument[] = [
  {
    title: 'OVMS, Generative AI Use Cases',
    file: 'ovms-clients-genai.md',
    hosts: ['http://localhost:8000'],
    models: {
      'meta-llama/Llama-2-7b-chat-hf': chat,
      'meta-llama/Llama-2-7b': chat,
      'Alibaba-NLP/gte-large-en-v1.5': embed,
      'BAAI/bge-reranker-large': rerank,
    },
    prints: [
      ...[sdkMessage, chatJson, chatJson, testText, completionJson, completionJson, /^This is a test\.$/, testText],
      ...[vector, vectorJson, vectorJson],
      ...[rankedTwo, rankedJson, rankedJson],
    ],
  },
  {
    title: 'OVMS, OpenAI API Clients',
    file: 'ovms-clients-openai.md',
    hosts: ['http://localhost:8000'],
    models: { 'meta-llama/Llama-2-7b-chat-hf': chat, 'meta-llama/Llama-2-7b': chat },
    // The piece with `extra_body` prints nothing.
    prints: [sdkMessage, chatJson, chatJson, /^$/, testText, completionJson, completionJson, /^This is a test\.$/, testText],
  },
  {
    title: 'h2oGPT, Client APIs',
    file: 'h2ogpt-client.md',
    hosts: ['https://localhost:5000', 'http://localhost:5000'],
    models: { 'h2oai/h2ogpt-4096-llama2-70b-chat': chat, '<model name>': chat },
    prints: [demo, demo, demo, demo, demo, demo, demo],
  },
  {
    title: 'T-Systems LLM Serving, API Reference',
    file: 't-systems-api.md',
    hosts: ['https://llm-server.llmhub.t-systems.net'],
    models: { 'Llama-3.1-70B-Instruct': chat, 'gpt-4-turbo-128k-france': chat, 'jina-embeddings-v2-base-de': embed },
    prints: [
      /==========Available models==========\n(.*\n)*demo-chat\n/,
      /^\{'max_sequence_length': 2048, 'hidden_size': 0, 'max_output_length': 0\}$/m,
      /Open Telekom Cloud is a public cloud by T-Systems\.$/,
      /Python is a programming language/,
      /^Embedding dimension: {2}\d+\nNumber of embedding vector: {2}5\nToken usage: {2}Usage\(prompt_tokens=\d+, total_tokens=\d+\)\n$/,
      /^ChatCompletionMessage\(content=None, .*tool_calls=\[.*\(id='call_\w+', function=Function\(arguments='\{"location": ?"Hamburg".*\}', name='get_current_weather'\), type='function'\)\]/,
    ],
  },
]

/** A request as a document prints it: a shell command, or a piece of Python. */
export interface Printed {
  readonly name: string
  readonly language: 'shell' | 'python'
  readonly prints: RegExp
  /** What to run when the server is at `url`. */
  source(url: string): string
}

/** The requests of a document, in order. In which language they are, the fences don't reliably say. */
export function printedIn({ title, file, hosts, models, prints }: SeedDocument): readonly Printed[] {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8')
  const printed: Printed[] = []
  let heading = ''
  for (const [, caption, code] of text.matchAll(/^#+ (.*)$|^```.*\n([\s\S]*?)^```$/gm)) {
    if (caption !== undefined) heading = caption
    if (code === undefined) continue
    const expected = prints[printed.length]
    if (expected === undefined) throw new Error(`${file} has more requests than are expected`)
    printed.push({
      name: `${title}: ${heading}, ${printed.length + 1}`,
      language: /^(curl|export) /.test(code) ? 'shell' : 'python',
      prints: expected,
      source(url) {
        const moved = hosts.reduce((source, host) => source.replaceAll(host, url), code)
        return Object.entries(models).reduce((source, [theirs, ours]) => source.replaceAll(theirs, ours), moved)
      },
    })
  }
  if (printed.length < prints.length) throw new Error(`${file} has fewer requests than are expected`)
  return printed
}

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LiveServer } from '../../cli/support.ts'
import { servingEncoders } from '../encoders.ts'
import { interpreter, run } from '../programs.ts'
import { documents, printedIn } from './documents.ts'

const test = suite('what the seed documents print: Python')

interface Told {
  readonly output: string
  readonly error: string | null
}

const pieces = documents.map((document) => printedIn(document).filter(({ language }) => language === 'python'))
let told: readonly (readonly Told[])[] = []
let server: Pick<LiveServer, 'url' | 'stop'>

test.before(async () => {
  server = await servingEncoders(['demo-chat', 'demo-embed', 'demo-rerank'])
  // In one process, as its imports take long. The documents take it as read that there is a name for the model.
  const sources = pieces.map((printed) => ["model = 'demo-chat'", ...printed.map(({ source }) => source(server.url))])
  const program = join(import.meta.dirname, '../python/printed.py')
  const input = JSON.stringify(sources)
  const { stdout, stderr, code } = await run(interpreter('sdks'), [program], { input, env: { API_KEY: 'unused' } })
  assert.is(code, 0, stderr)
  told = (JSON.parse(stdout) as Told[][]).map((each) => each.slice(1))
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

for (const [index, printed] of pieces.entries()) {
  for (const [at, { name, prints }] of printed.entries()) {
    test(name, () => {
      const { output, error } = told[index]![at]!
      assert.is(error, null, error ?? '')
      assert.match(output, prints, output)
    })
  }
}

test.run()

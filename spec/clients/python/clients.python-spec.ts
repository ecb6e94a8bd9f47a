import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LiveServer } from '../../cli/support.ts'
import { servingEncoders } from '../encoders.ts'
import { interpreter, run } from '../programs.ts'

const test = suite('Python clients of a live server')

let server: Pick<LiveServer, 'url' | 'stop' | 'stderr'>
test.before(async () => {
  server = await servingEncoders(['demo-chat', 'demo-embed', 'demo-rerank'])
})
test.after(async () => {
  assert.is(await server.stop(), 0)
  assert.not.match(server.stderr(), '"level":"error"')
})

for (const [environment, programs] of [
  ['sdks', ['openai_client.py', 'anthropic_client.py', 'cohere_client.py', 'requests_client.py']],
  ['frameworks', ['langchain_client.py', 'llama_index_client.py']],
] as const) {
  for (const program of programs) {
    test(program, async () => {
      const { code, stdout, stderr } = await run(interpreter(environment), [join(import.meta.dirname, program), server.url])
      assert.is(code, 0, stdout + stderr)
      assert.match(stdout, /^ok /)
    })
  }
}

test.run()

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../../engine/index.ts'
import { haveSameTokens } from '../../../servables/tokenizer/index.ts'

const comparing = async (first: object, second: object): Promise<boolean> => {
  const directories = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'tokenizer-'))))
  try {
    for (const [index, file] of [first, second].entries())
      await writeFile(join(directories[index]!, 'tokenizer.json'), JSON.stringify(file))
    return await haveSameTokens(directories[0]!, directories[1]!)
  } finally {
    for (const directory of directories) await rm(directory, { recursive: true })
  }
}

const vocabulary = (vocab: unknown, added: readonly object[] = []) => ({ model: { vocab }, added_tokens: added })

test('tokens are the same when each id has the same text, in whatever order and form they stand', async () => {
  assert.ok(await comparing(vocabulary({ a: 0, b: 1 }), vocabulary({ b: 1, a: 0 })))
  const list = [
    ['a', -1],
    ['b', -2],
  ]
  assert.ok(await comparing(vocabulary({ a: 0, b: 1 }), vocabulary(list)))
  assert.ok(await comparing(vocabulary({ a: 0, b: 1 }), vocabulary({ a: 0 }, [{ id: 1, content: 'b' }])))
})

test('other ids, texts or numbers of them are other tokens', async () => {
  assert.not(await comparing(vocabulary({ a: 0, b: 1 }), vocabulary({ a: 1, b: 0 })))
  assert.not(await comparing(vocabulary({ a: 0 }), vocabulary({ a: 0, b: 1 })))
  assert.not(
    await comparing(vocabulary({ a: 0 }, [{ id: 1, content: '<s>' }]), vocabulary({ a: 0 }, [{ id: 1, content: '</s>' }])),
  )
})

test('a file without a vocabulary makes a bad model', async () => {
  try {
    await comparing(vocabulary({ a: 0 }), { model: {} })
    assert.unreachable()
  } catch (error) {
    assert.is((error as EngineError).code, 'bad_model')
  }
})

test.run()

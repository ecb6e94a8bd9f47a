import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadCalculators } from '../../cli/calculator-modules.ts'
import { EngineError, type FaultCode } from '../../engine/index.ts'
import { folder } from './support.ts'

const files = {
  'typed.ts': `import { EngineError, calculator } from 'ovms-ts/engine'
import { Payload } from 'ovms-ts/calculators'
import { z } from 'zod'
import { failure } from './part.ts'
interface Options { readonly times: number }
const options: z.ZodType<Options> = z.object({ times: z.int() })
export const TypedCalculator = calculator({ inputs: { PAYLOAD: Payload }, options }, () => ({ process() { throw failure(EngineError) } }))
export const notOne = 3
`,
  'part.ts': `import type { EngineError } from 'ovms-ts/engine'
export const failure = (kind: typeof EngineError): EngineError => new kind('invalid_value', 'no')
`,
  'plain.mjs': `import { calculator } from 'ovms-ts/engine'
export const PlainCalculator = calculator({}, () => ({ process() {} }))
`,
  'again.mjs':
    "export { PlainCalculator } from './plain.mjs'\nexport { PlainCalculator as SseSerializerCalculator } from './plain.mjs'\n",
  'empty.mjs': 'export const nothing = {}\n',
  'broken.ts': 'export const = 3\n',
  'unnamed.mjs': `import { calculator } from 'ovms-ts/engine'
export default calculator({}, () => ({ process() {} }))
`,
  'words.mjs': `import { calculator } from 'ovms-ts/engine'
export const WordsCalculator = calculator({ inputs: { TEXT: 'Text' } }, () => ({ process() {} }))
`,
  'throws.mjs': "throw new Error('at once')\n",
}

async function load(...names: string[]) {
  const { path, remove } = folder(files)
  try {
    const { registry, faults } = await loadCalculators(
      names.map((name) => ({
        path: join(path, name),
        fault: (code: FaultCode, message: string) => ({ code, message, file: name, line: 1, column: 1 }),
      })),
    )
    return { registry, faults: faults.map(({ code, file }) => `${file} ${code}`), messages: faults.map(({ message }) => message) }
  } finally {
    remove()
  }
}

test('the calculators that a module exports are known by the names of their exports', async () => {
  const { registry, faults } = await load('plain.mjs', 'typed.ts')
  assert.equal(faults, [])
  assert.ok(registry.PlainCalculator)
  assert.ok(registry.TypedCalculator)
  assert.ok(registry.SseSerializerCalculator)
  assert.not(registry.notOne)
})

test("a module's engine is the server's own, wherever the module lies, in TypeScript too", async () => {
  const { registry } = await load('typed.ts')
  const opened = await registry.TypedCalculator!.open({} as never)
  let thrown: unknown
  try {
    await opened.process({}, 0)
  } catch (error) {
    thrown = error
  }
  assert.instance(thrown, EngineError)
})

test('modules that cannot be used are faults, and the others are loaded', async () => {
  const { registry, faults, messages } = await load(
    'plain.mjs',
    'again.mjs',
    'empty.mjs',
    'broken.ts',
    'throws.mjs',
    'none.mjs',
    'unnamed.mjs',
    'words.mjs',
  )
  assert.equal(faults, [
    'again.mjs duplicate_name',
    'again.mjs duplicate_name',
    'empty.mjs invalid_value',
    'broken.ts unreadable',
    'throws.mjs unreadable',
    'none.mjs unreadable',
    'unnamed.mjs invalid_name',
    'words.mjs unreadable',
  ])
  assert.match(messages[4] ?? '', 'at once')
  assert.match(messages[7] ?? '', 'TEXT')
  assert.ok(registry.PlainCalculator)
})

test.run()

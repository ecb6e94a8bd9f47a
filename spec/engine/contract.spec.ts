import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { AnyPacket, calculator, EngineError, latest, many, optional, packetType, STOP } from '../../engine/index.ts'

const open = () => ({ process() {} })

/** As plain JavaScript calls it, without a compiler. */
const declare = (contract: unknown, opener: unknown = open) => calculator(contract as never, opener as never)

const wrong: Readonly<Record<string, readonly unknown[]>> = {
  'no contract': [undefined],
  'no function that opens it': [{}, undefined],
  'ports in a list': [{ inputs: [AnyPacket] }],
  'a word for a packet type': [{ inputs: { TEXT: 'Text' } }],
  'a packet type that is undefined': [{ sides: { TEXT: undefined } }],
  'a wrapper around nothing': [{ outputs: { TEXT: { optional: undefined } } }],
  'a tag that graph files cannot name': [{ sideOutputs: { text: AnyPacket } }],
  'options that are no schema': [{ options: { a: 1 } }],
  'schemas that are no function': [{ schemas: {} }],
}
for (const [what, [contract, ...rest]] of Object.entries(wrong)) {
  test(`refuses ${what}`, () => {
    try {
      declare(contract, ...(rest.length > 0 ? [null] : []))
    } catch (error) {
      assert.instance(error, EngineError)
      assert.is((error as EngineError).code, 'bad_graph')
      return
    }
    assert.unreachable('it is taken')
  })
}

test('takes every kind of port, and none', () => {
  const inputs = { '': many(AnyPacket), A: AnyPacket, B_2: latest(AnyPacket), C: optional(latest(AnyPacket)) }
  assert.is(calculator({ inputs, options: z.object({}) }, open).contract.inputs, inputs)
  assert.equal(calculator({}, open).contract, {})
})

test('an asynchronous process may return STOP', async () => {
  const source = calculator({ outputs: { '': AnyPacket } }, () => ({
    async process() {
      return STOP
    },
  }))
  const opened = await source.open({} as never)
  assert.is(await opened.process({}, 0), STOP)
})

test('a packet type has a name', () => {
  assert.equal(packetType('Text'), { name: 'Text' })
  for (const name of [undefined, '', 5]) assert.throws(() => packetType(name as never), 'packetType(')
})

test.run()

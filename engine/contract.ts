import { EngineError } from './errors.ts'

const kinds = ['inputs', 'outputs', 'sides', 'sideOutputs'] as const
const tagGrammar = /^([A-Z_][A-Z0-9_]*)?$/

/**
 * Checks what the compiler checks, for calculators written in plain JavaScript, and what it can't: that tags are such as graph
 * files can name.
 * @throws EngineError `bad_graph`
 */
export function checkContract(contract: unknown, open: unknown): void {
  if (!isObject(contract)) throw refusal('a calculator begins with its contract: calculator({ inputs: … }, open)')
  if (typeof open !== 'function') throw refusal('after its contract a calculator takes a function that opens it')
  for (const kind of kinds) {
    const ports = contract[kind] ?? {}
    if (!isObject(ports) || Array.isArray(ports)) throw refusal(`\`${kind}\` is a map from tag to packet type`)
    for (const [tag, port] of Object.entries(ports)) {
      if (!tagGrammar.test(tag)) throw refusal(`\`${kind}\`: "${tag}" cannot be a tag: capitals, digits and underscores`)
      if (!isPort(port)) throw refusal(`\`${kind}\`: ${tag || 'the port without tag'} must be a packet type: packetType('Name')`)
    }
  }
  const { options, schemas } = contract
  if (options !== undefined && !(isObject(options) && 'safeParse' in options)) throw refusal('`options` is a schema of zod')
  if (schemas !== undefined && typeof schemas !== 'function')
    throw refusal('`schemas` is a function that gives schemas of zod by name')
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

/** A packet type, or one in the wrappers `latest`, `many` and `optional`. */
function isPort(port: unknown): boolean {
  if (!isObject(port)) return false
  return typeof port.name === 'string' || isPort(port.optional ?? port.latest ?? port.many)
}

const refusal = (what: string) => new EngineError('bad_graph', `${what}.`)

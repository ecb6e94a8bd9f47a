import { complement, intersection, lastCodePoint, type Range } from './characters.ts'
import { nestingCost } from './nesting.ts'
import { utf8Sequences } from './utf8.ts'

/** What a text has to look like: what xgrammar's EBNF can say, before it is written down. */
export type Expression =
  | { readonly type: 'text'; readonly text: string }
  /** One character of these. */
  | { readonly type: 'characters'; readonly ranges: readonly Range[] }
  | { readonly type: 'sequence'; readonly of: readonly Expression[] }
  | { readonly type: 'choice'; readonly of: readonly Expression[] }
  /** So often at least and at most; `max` may be infinite. */
  | { readonly type: 'repeat'; readonly of: Expression; readonly min: number; readonly max: number }
  | { readonly type: 'rule'; readonly name: string }
  | Prose

/**
 * Free text. It ends behind a text of `ends`, or anywhere if there are none; at a text of `tags` it goes on as the tag's rule says,
 * and then as free text again, if `goesOn`. xgrammar wants it to be a rule of its own.
 */
interface Prose {
  readonly type: 'prose'
  readonly tags: readonly (readonly [begin: string, rule: Expression & { readonly type: 'rule' }])[]
  readonly ends: readonly string[]
  readonly goesOn: boolean
}

export const text = (text: string): Expression => ({ type: 'text', text })
export const characters = (...ranges: readonly Range[]): Expression => ({ type: 'characters', ranges })
export const sequence = (...of: readonly Expression[]): Expression => (of.length === 1 ? of[0]! : { type: 'sequence', of })
export const choice = (...of: readonly Expression[]): Expression => (of.length === 1 ? of[0]! : { type: 'choice', of })
export const repeat = (of: Expression, min = 0, max = Number.POSITIVE_INFINITY): Expression => ({ type: 'repeat', of, min, max })
export const optional = (...of: readonly Expression[]): Expression => repeat(sequence(...of), 0, 1)
export const empty: Expression = sequence()

/** Beyond, no grammar is compiled within its time. */
const mostCost = 2 ** 21
const excess =
  'its repetitions of more than 128 times, above all those within each other, take too long to compile; lower their bounds, or leave upper bounds out'

/** The named rules of one grammar. Those that recur, and those that are large and stand in several places, are worth a name. */
export class Rules {
  readonly #rules = new Map<string, Expression>()
  /** How many rules have a name like this. */
  readonly #counts = new Map<string, number>()

  /** A name that no rule has yet. */
  newName(like: string): string {
    const count = (this.#counts.get(like) ?? 0) + 1
    this.#counts.set(like, count)
    const name = count === 1 ? like : `${like}_${count}`
    this.#rules.set(name, empty)
    return name
  }

  /** A rule by a new name; what stands for it. */
  add(like: string, expression: Expression): Expression & { readonly type: 'rule' } {
    return this.define(this.newName(like), expression)
  }

  define(name: string, expression: Expression): Expression & { readonly type: 'rule' } {
    this.#rules.set(name, expression)
    return { type: 'rule', name }
  }

  /** Whether a text could never be whole, as a rule needs itself, or begins with itself. */
  get isEndless(): boolean {
    return this.endless !== undefined || this.#isLeftRecursive(this.#used())
  }

  /** A rule that needs itself or what no character is in, so that no text of it could be whole. */
  get endless(): string | undefined {
    const names = this.#used()
    const finite = fixpoint(names, (name, known) => isFinitely(this.#rules.get(name)!, known))
    return names.find((name) => !finite.has(name))
  }

  /** Whether there is a rule `root`, and all rules that are needed. */
  get isWhole(): boolean {
    return [...this.#rules.values()].flatMap(rulesIn).every((name) => this.#rules.has(name)) && this.#rules.has('root')
  }

  /**
   * Whether it is too much to compile, as repetitions within each other cost what they multiply to.
   *
   * @returns what is to be done; undefined: it is not
   */
  get excess(): string | undefined {
    return nestingCost((name) => this.#rules.get(name) ?? empty) > mostCost ? excess : undefined
  }

  /** The grammar as xgrammar reads it. It begins at the rule `root`. */
  toString(): string {
    return this.#used()
      .map((name) => `${name} ::= ${write(this.#rules.get(name)!)}\n`)
      .join('')
  }

  /** The rule `root`, and those that it needs. */
  #used(): readonly string[] {
    const used = new Set(['root'])
    for (const name of used) for (const needed of rulesIn(this.#rules.get(name)!)) used.add(needed)
    return [...used]
  }

  #isLeftRecursive(names: readonly string[]): boolean {
    const nullable = fixpoint(names, (name, known) => isNullable(this.#rules.get(name)!, known))
    const first = new Map(names.map((name) => [name, leading(this.#rules.get(name)!, nullable)]))
    // Depth first, without recursion: a chain may be as long as there are rules.
    const entered = new Set<string>()
    const left = new Set<string>()
    const stack = [...names]
    while (stack.length > 0) {
      const name = stack.at(-1)!
      if (entered.has(name)) {
        left.add(name)
        stack.pop()
        continue
      }
      entered.add(name)
      for (const next of first.get(name)!) {
        if (!entered.has(next)) stack.push(next)
        else if (!left.has(next)) return true
      }
    }
    return false
  }
}

/** Names for which something holds, where that it holds for some makes it hold for others. */
function fixpoint(names: readonly string[], holds: (name: string, known: ReadonlySet<string>) => boolean): ReadonlySet<string> {
  const known = new Set<string>()
  for (let before = -1; before !== known.size; ) {
    before = known.size
    // There and back: rules need one another in either order.
    for (const name of [...names, ...names.toReversed()]) if (!known.has(name) && holds(name, known)) known.add(name)
  }
  return known
}

function rulesIn(expression: Expression): readonly string[] {
  if (expression.type === 'rule') return [expression.name]
  if (expression.type === 'repeat') return rulesIn(expression.of)
  if (expression.type === 'prose') return expression.tags.map(([, { name }]) => name)
  return expression.type === 'sequence' || expression.type === 'choice' ? expression.of.flatMap(rulesIn) : []
}

function isFinitely(expression: Expression, known: ReadonlySet<string>): boolean {
  switch (expression.type) {
    case 'sequence':
      return expression.of.every((each) => isFinitely(each, known))
    case 'choice':
      return expression.of.some((each) => isFinitely(each, known))
    case 'repeat':
      return expression.min === 0 || isFinitely(expression.of, known)
    case 'rule':
      return known.has(expression.name)
    default:
      return true
  }
}

function isNullable(expression: Expression, known: ReadonlySet<string>): boolean {
  switch (expression.type) {
    case 'text':
      return expression.text === ''
    case 'characters':
      return false
    case 'sequence':
      return expression.of.every((each) => isNullable(each, known))
    case 'choice':
      return expression.of.some((each) => isNullable(each, known))
    case 'repeat':
      return expression.min === 0 || isNullable(expression.of, known)
    case 'rule':
      return known.has(expression.name)
    case 'prose':
      return expression.ends.length === 0
  }
}

/** Rules that may stand at its beginning. */
function leading(expression: Expression, nullable: ReadonlySet<string>): readonly string[] {
  switch (expression.type) {
    case 'sequence': {
      const at = expression.of.findIndex((each) => !isNullable(each, nullable))
      return expression.of.slice(0, at < 0 ? undefined : at + 1).flatMap((each) => leading(each, nullable))
    }
    case 'choice':
      return expression.of.flatMap((each) => leading(each, nullable))
    case 'repeat':
      return leading(expression.of, nullable)
    case 'rule':
      return [expression.name]
    default:
      return []
  }
}

function write(expression: Expression): string {
  switch (expression.type) {
    case 'text':
      return writeText(expression.text)
    case 'characters':
      return writeClass(expression.ranges)
    case 'sequence':
      return expression.of.length === 0 ? '""' : `(${expression.of.map(write).join(' ')})`
    case 'choice':
      return `(${expression.of.map(write).join(' | ')})`
    case 'repeat':
      return `(${write(expression.of)})${writeCount(expression.min, expression.max)}`
    case 'rule':
      return expression.name
    case 'prose':
      return writeProse(expression)
  }
}

const writeText = (text: string): string =>
  `"${Array.from(text, (character) => writeCharacter(character.codePointAt(0)!)).join('')}"`

function writeProse({ tags, ends, goesOn }: Prose): string {
  const parts = [
    ...tags.map(([begin, { name }]) => `(${writeText(begin)}, ${name})`),
    `stop_eos=${ends.length === 0}`,
    `stop_str=(${ends.map(writeText).join(', ')})`,
    `loop_after_dispatch=${goesOn}`,
  ]
  return `TagDispatch(${parts.join(', ')})`
}

function writeCount(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  return min === 0 && max === 1 ? '?' : `{${min},${max}}`
}

/**
 * xgrammar reads classes as bytes, but for classes of what is excluded, which let through all that is not ASCII. So characters
 * behind ASCII are all let through, or written down byte by byte.
 */
function writeClass(ranges: readonly Range[]): string {
  const ascii = intersection(ranges, [[0, 0x7f]])
  const others = intersection(ranges, [[0x80, lastCodePoint]])
  const own = ascii.length === 0 ? [] : [`[${ascii.map(writeRange).join('')}]`]
  if (others.length === 0) return own[0] ?? '[]'
  const excluded = complement(ranges)
  if (excluded.every(([, last]) => last < 0x80))
    return `[^${excluded.length === 0 ? '\\u0000' : excluded.map(writeRange).join('')}]`
  const encoded = utf8Sequences(others).map((bytes) => bytes.map(writeByte).join(' '))
  return `(${[...own, ...encoded].join(' | ')})`
}

/** A class of one is read as the character of that number; the same twice, as the byte. */
const writeByte = ([first, last]: Range): string =>
  `[${first === last ? writeRange([first, first]).repeat(2) : writeRange([first, last])}]`

const writeRange = ([first, last]: Range): string =>
  first === last ? writeCharacter(first) : `${writeCharacter(first)}-${writeCharacter(last)}`

/** Letters and digits stand for themselves; all else is told by its number, which nothing can mistake. */
function writeCharacter(codePoint: number): string {
  const character = String.fromCodePoint(codePoint)
  if (/[A-Za-z0-9 ]/.test(character)) return character
  if (codePoint > 0xffff) return `\\U${codePoint.toString(16).padStart(8, '0')}`
  return `\\u${codePoint.toString(16).padStart(4, '0')}`
}

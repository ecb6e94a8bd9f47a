import { complement, includes, intersection, lastCodePoint, type Range } from './characters.ts'
import { characters, choice, type Expression, optional, type Rules, repeat, sequence, text } from './ebnf.ts'

/** What JSON strings hold as it is: no control characters, no quotation mark, no backslash. */
export const plain = complement([
  [0x00, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
])
const digit = characters([0x30, 0x39])
const hex: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x46],
  [0x61, 0x66],
]
const hexDigit = characters(...hex)
/** How JSON spells what it cannot hold; others only have `\u00XX`, which no pattern is worth. */
const spelled: readonly (readonly [codePoint: number, spelling: string])[] = [
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x22, '"'],
  [0x5c, '\\'],
]
const backslash = text('\\')

/** Of `\uXXXX` no half pairs: there are readers that refuse them. */
const unicodeEscape = choice(
  sequence(text('u'), characters([0x30, 0x39], [0x41, 0x43], [0x45, 0x46], [0x61, 0x63], [0x65, 0x66]), repeat(hexDigit, 3, 3)),
  sequence(text('u'), characters([0x44, 0x44], [0x64, 0x64]), characters([0x30, 0x37]), repeat(hexDigit, 2, 2)),
  sequence(
    text('u'),
    characters([0x44, 0x44], [0x64, 0x64]),
    characters([0x38, 0x39], [0x41, 0x42], [0x61, 0x62]),
    repeat(hexDigit, 2, 2),
    text('\\u'),
    characters([0x44, 0x44], [0x64, 0x64]),
    characters([0x43, 0x46], [0x63, 0x66]),
    repeat(hexDigit, 2, 2),
  ),
)

/** In what ways texts that say what JSON says are spelled otherwise. */
export interface Notation {
  readonly true: string
  readonly false: string
  readonly null: string
  /** Letters that may stand behind a backslash, without JSON's `\uXXXX`; absent: JSON's. */
  readonly escapes?: string
  /** What ends a string, if no quotation mark does: then it is written as it is, without its end, or with the same around it. */
  readonly end?: string
  /** Whether that stands around strings; then names have nothing around them. */
  readonly isQuoted?: boolean
}

const jsonNotation: Notation = { true: 'true', false: 'false', null: 'null' }

const anyOf = (letters: string): Expression =>
  characters(...Array.from(letters, (each): Range => [each.charCodeAt(0), each.charCodeAt(0)]))

const escapeCode = ({ escapes }: Notation): Expression =>
  escapes === undefined ? choice(anyOf('"\\/bfnrt'), unicodeEscape) : anyOf(escapes)

/** JSON texts in general, and the white space of all of them, as rules that a grammar shares. Made as they are needed. */
export class JsonText {
  readonly #rules: Rules
  readonly #notation: Notation
  readonly #known = new Map<string, Expression>()

  constructor(rules: Rules, notation = jsonNotation) {
    this.#rules = rules
    this.#notation = notation
  }

  /** White space as models write it, around what is in brackets and behind commas. Bounded, since models get lost in it. */
  get space(): Expression {
    return this.#rule('space', () =>
      optional(choice(text(' '), sequence(text('\n'), repeat(characters([0x20, 0x20], [0x09, 0x09]), 0, 40)))),
    )
  }

  get comma(): Expression {
    return sequence(text(','), this.space)
  }

  get string(): Expression {
    const { end } = this.#notation
    return this.#rule('string', () => (end === undefined ? sequence(text('"'), this.#stringEnd) : this.#marked(textWithout(end))))
  }

  /** A string that has one of these texts. */
  quoted(texts: Expression): Expression {
    const { end } = this.#notation
    return end === undefined ? sequence(text('"'), inJsonString(texts), text('"')) : this.#marked(withoutCharacter(texts, end))
  }

  /** A name of an object's member. */
  name(name: string): Expression {
    return text(this.#notation.isQuoted ? name : JSON.stringify(name))
  }

  /** Any. */
  get anyName(): Expression {
    if (!this.#notation.isQuoted) return this.string
    const letters: readonly Range[] = [
      [0x41, 0x5a],
      [0x5f, 0x5f],
      [0x61, 0x7a],
    ]
    return sequence(characters(...letters), repeat(characters([0x30, 0x39], ...letters)))
  }

  /** A text between what stands around strings, if anything does. */
  #marked(inner: Expression): Expression {
    const { end = '', isQuoted } = this.#notation
    return isQuoted ? sequence(text(end), inner, text(end)) : inner
  }

  /** Of so many characters. Those that are counted have no escapes: the compiler takes seconds over them. */
  stringOfLength(min: number, max: number): Expression {
    if (this.#notation.end !== undefined) return this.quoted(repeat(characters([1, lastCodePoint]), min, max))
    const plainly = characters(...plain)
    if (max < Number.POSITIVE_INFINITY) return sequence(text('"'), repeat(plainly, min, max), text('"'))
    return sequence(text('"'), repeat(plainly, min, min), this.#stringEnd)
  }

  /** Within what a double can hold. */
  get number(): Expression {
    return this.#rule('number', () => sequence(this.integer, optional(text('.'), repeat(digit, 1, 20)), optional(exponent)))
  }

  get integer(): Expression {
    return this.#rule('integer', () =>
      sequence(optional(text('-')), choice(text('0'), sequence(characters([0x31, 0x39]), repeat(digit, 0, 20)))),
    )
  }

  get boolean(): Expression {
    return choice(text(this.#notation.true), text(this.#notation.false))
  }

  get null(): Expression {
    return text(this.#notation.null)
  }

  get object(): Expression {
    return this.#recursive('object', () => this.braces(this.list(this.member(this.anyName, this.value), 0)))
  }

  get array(): Expression {
    return this.#recursive('array', () => this.brackets(this.list(this.value, 0)))
  }

  get value(): Expression {
    return this.#recursive('value', () => choice(this.object, this.array, this.string, this.number, this.boolean, this.null))
  }

  member(name: Expression, value: Expression): Expression {
    return sequence(name, optional(text(' ')), text(':'), optional(text(' ')), value)
  }

  braces(members: Expression): Expression {
    return sequence(text('{'), this.space, members, text('}'))
  }

  brackets(items: Expression): Expression {
    return sequence(text('['), this.space, items, text(']'))
  }

  /** So many of them, with commas between and white space behind. */
  list(item: Expression, min: number, max = Number.POSITIVE_INFINITY): Expression {
    if (max === 0) return sequence()
    const more = repeat(sequence(this.comma, item), Math.max(0, min - 1), max - 1)
    const some = sequence(item, ...(max === 1 ? [] : [more]), this.space)
    return min === 0 ? optional(some) : some
  }

  /** One value, as JSON has it. */
  literal(value: unknown): Expression {
    if (typeof value === 'string' && this.#notation.end !== undefined) return this.#marked(text(value))
    if (value === null || typeof value === 'boolean') return text(this.#notation[`${value}`])
    if (typeof value !== 'object') return text(JSON.stringify(value))
    const items = Array.isArray(value)
      ? value.map((each) => this.literal(each))
      : Object.entries(value).map(([name, each]) => this.member(this.name(name), this.literal(each)))
    const listed = items.flatMap((item, index) => (index === 0 ? [item] : [this.comma, item]))
    const inner = items.length === 0 ? sequence() : sequence(...listed, this.space)
    return Array.isArray(value) ? this.brackets(inner) : this.braces(inner)
  }

  get #stringEnd(): Expression {
    const rest = repeat(characters(...plain))
    return this.#rule('string_end', () =>
      sequence(rest, repeat(sequence(backslash, escapeCode(this.#notation), rest)), text('"')),
    )
  }

  #rule(name: string, make: () => Expression): Expression {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const made = this.#rules.add(name, make())
    this.#known.set(name, made)
    return made
  }

  #recursive(name: string, make: () => Expression): Expression {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const given = this.#rules.newName(name)
    this.#known.set(name, { type: 'rule', name: given })
    return this.#rules.define(given, make())
  }
}

const exponent = sequence(
  characters([0x45, 0x45], [0x65, 0x65]),
  optional(characters([0x2b, 0x2b], [0x2d, 0x2d])),
  repeat(digit, 1, 2),
)

/**
 * Texts as JSON spells them within a string. Where characters recur, those are left out that need a spelling, if others are
 * possible: the compiler takes seconds over them.
 */
export function inJsonString(expression: Expression, recurs = false): Expression {
  switch (expression.type) {
    case 'text':
      return text(JSON.stringify(expression.text).slice(1, -1))
    case 'characters':
      return spelling(expression.ranges, recurs)
    case 'sequence':
    case 'choice':
      return { ...expression, of: expression.of.map((each) => inJsonString(each, recurs)) }
    case 'repeat':
      return { ...expression, of: inJsonString(expression.of, recurs || expression.max > 1) }
    case 'rule':
    case 'prose':
      return expression
  }
}

function spelling(ranges: readonly Range[], recurs: boolean): Expression {
  const raw = intersection(ranges, plain)
  const escapes = spelled.filter(([codePoint]) => includes(ranges, codePoint)).map(([, letter]) => letter.charCodeAt(0))
  if (raw.length > 0 && (recurs || escapes.length === 0)) return characters(...raw)
  if (raw.length === 0 && escapes.length === 0)
    throw new Error('the regular expression needs control characters, which JSON strings cannot hold')
  const escaped = sequence(backslash, characters(...escapes.map((code): Range => [code, code])))
  return raw.length === 0 ? escaped : choice(characters(...raw), escaped)
}

/** Texts in which another does not stand. */
function textWithout(end: string): Expression {
  const [first = 0, ...rest] = Array.from(end, (each) => each.codePointAt(0)!)
  const begun = repeat(characters([first, first]), 1)
  const other = (code: number) =>
    characters(
      ...complement([
        [0, 0],
        [first, first],
        [code, code],
      ]),
    )
  const units = rest.map((code, length) =>
    sequence(begun, ...rest.slice(0, length).map((each) => characters([each, each])), other(code)),
  )
  return repeat(choice(other(first), ...units))
}

/** The same texts without the character that `end` begins with: it might be the end. Where they are a choice of texts, as they are. */
function withoutCharacter(expression: Expression, end: string): Expression {
  const code = end.codePointAt(0)!
  switch (expression.type) {
    case 'characters': {
      const left = intersection(expression.ranges, complement([[code, code]]))
      return left.length === 0 ? expression : characters(...left)
    }
    case 'sequence':
    case 'choice':
      return { ...expression, of: expression.of.map((each) => withoutCharacter(each, end)) }
    case 'repeat':
      return { ...expression, of: withoutCharacter(expression.of, end) }
    default:
      return expression
  }
}

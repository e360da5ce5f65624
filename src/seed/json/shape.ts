/**
 * What the values of a JSON column have in common, and the type that follows.
 *
 * Rules:
 *   1. Text is text, whatever it looks like. Integers among floats are floats while every one of them is exact.
 *   2. Objects that all have the same members in the same order are a struct. Others are JSON, so that none gets a member that it lacks;
 *      and so are those with more than 200 members, or none.
 *   3. A mix of kinds is JSON, in which each value is itself. So are integers beyond 64 bits, and those beyond 2^53 among floats.
 *   4. Where the user says `map`, objects are maps: all of their members, whatever they are called, have one type.
 *   5. Numbers that no float holds make a column of numbers text, each as it was written.
 */
import { present } from '../../base/errors/present.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { LongNumber, type Parsed, type ParsedObject } from './parse.ts'

const MOST_MEMBERS = 200
const INT64 = 2n ** 63n
const EXACT = 2n ** 53n

export class Shape {
  #text = false
  #bool = false
  #int = false
  #float = false
  #long = false
  #beyond64 = false
  #beyondFloat = false
  #element: Shape | undefined
  #members: Map<string, Shape> | undefined
  #varied = false
  /** Of all members (rule 4). */
  #member: Shape | undefined
  readonly #maps: boolean

  /** @param maps whether objects are maps */
  constructor(maps = false) {
    this.#maps = maps
  }

  add(value: Parsed): void {
    if (value === null) return
    switch (typeof value) {
      case 'string':
        this.#text = true
        return
      case 'boolean':
        this.#bool = true
        return
      case 'bigint':
        this.#int = true
        if (value < -INT64 || value >= INT64) this.#beyond64 = true
        if (value < -EXACT || value > EXACT) this.#beyondFloat = true
        return
      case 'number':
        this.#float = true
        return
    }
    if (value instanceof LongNumber) this.#long = true
    else if (Array.isArray(value)) {
      this.#element ??= new Shape(this.#maps)
      for (const each of value) this.#element.add(each)
    } else this.#addObject(value)
  }

  #addObject(value: ParsedObject): void {
    const entries = Object.entries(value)
    if (this.#maps) {
      this.#member ??= new Shape(true)
      for (const [, member] of entries) this.#member.add(member)
      return
    }
    this.#members ??= new Map(entries.slice(0, MOST_MEMBERS + 1).map(([name]) => [name, new Shape()]))
    const names = [...this.#members.keys()]
    if (entries.length !== names.length) this.#varied = true
    for (const [index, [name, member]] of entries.entries()) {
      if (name === names[index]) present(this.#members.get(name), 'members').add(member)
      else this.#varied = true
    }
  }

  get #kinds(): number {
    const number = this.#int || this.#float || this.#long
    const objects = this.#members !== undefined || this.#member !== undefined
    const all = [number, this.#text, this.#bool, this.#element !== undefined, objects]
    return all.filter(Boolean).length
  }

  type(): ColumnType {
    if (this.#kinds === 0) return { kind: 'string' }
    if (this.#kinds > 1) return { kind: 'json' }
    if (this.#text || this.#long) return { kind: 'string' }
    if (this.#bool) return { kind: 'bool' }
    if (this.#element !== undefined) return { kind: 'list', element: this.#element.type() }
    if (this.#member !== undefined) return { kind: 'map', value: this.#member.type() }
    if (this.#members !== undefined) return this.#structType(this.#members)
    if (this.#float) return { kind: this.#beyondFloat ? 'json' : 'float' }
    return { kind: this.#beyond64 ? 'json' : 'int' }
  }

  #structType(members: ReadonlyMap<string, Shape>): ColumnType {
    // Names that differ in case alone are one name to DuckDB and to many readers.
    const names = new Set([...members.keys()].map((name) => name.toLowerCase()))
    const unfit =
      this.#varied || members.size === 0 || members.size > MOST_MEMBERS || names.size < members.size
    if (unfit || members.has('')) return { kind: 'json' }
    return { kind: 'struct', fields: [...members].map(([name, shape]) => ({ name, type: shape.type() })) }
  }

  /** Whether a column of numbers is stored as written. */
  get asWritten(): boolean {
    if (this.#long && this.#kinds === 1) return true
    if (this.#element?.asWritten || this.#member?.asWritten) return true
    return !this.#varied && [...(this.#members?.values() ?? [])].some((shape) => shape.asWritten)
  }

  /** Why it is no plain column, in words. */
  get note(): string | undefined {
    const words = [
      ...(this.#int || this.#float || this.#long ? ['numbers'] : []),
      ...(this.#text ? ['text'] : []),
      ...(this.#bool ? ['true and false'] : []),
      ...(this.#element === undefined ? [] : ['lists']),
      ...(this.#members === undefined ? [] : ['objects']),
    ]
    if (words.length > 1) return `holds ${words.join(' and ')}`
    if (this.#varied) return 'holds objects that differ in their members'
    if (this.#long) return 'text, since no float holds all of its numbers'
    if (this.#beyond64) return 'holds integers beyond 64 bits'
    return this.#float && this.#beyondFloat ? 'holds floats, and integers that no float holds' : undefined
  }
}

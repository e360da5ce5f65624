/**
 * Reads YAML (and JSON, which Data Designer reads as YAML too) the way PyYAML's safe loader does, then the way a
 * pass through JSON leaves it.
 *
 * Owns: the walk over the syntax tree, merge keys, aliases, the line of every path. What a scalar means is
 * `yaml-scalars.ts`'.
 * Rules:
 *   1. The `yaml` package only parses; it resolves nothing.
 *   2. Of duplicate keys the last wins.
 *   3. Merge keys yield to a map's own keys, earlier merged maps to none of the later ones.
 *   4. Keys become text (`1` is "1", `yes` is "true"); a date, a list or a map as a key is an error.
 *   5. Aliases may repeat, but not contain themselves, nor blow up.
 *   6. A document that is JSON has JSON's numbers: `1e-9` is one, which YAML 1.1 takes for a text.
 *   7. U+2028 and U+2029 end a line, as in YAML 1.1, and stay: blanks around them are indentation, not text.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import { RowsmithError } from '../../base/errors/errors.ts'
import { formatFloat } from '../../base/values/json.ts'
import { levelsMax, objectOf, type Value } from '../../base/values/value.ts'
import type { Path, Source } from './source.ts'
import { isDate, readJsonScalar, readPlainScalar, readTaggedScalar } from './yaml-scalars.ts'

const tooDeep = `nested more than ${levelsMax} levels deep`

/** More values than any config has; aliases of aliases get there with a few lines. */
const mostValues = 1_000_000

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters PyYAML refuses
const unacceptable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/

/**
 * Reads one YAML or JSON document.
 *
 * @param name the file's name, for messages
 * @throws RowsmithError config_unreadable with facts file and line
 */
export function parseYaml(text: string, name: string): { value: Value; source: Source } {
  const lineCounter = new LineCounter()
  const content = text.startsWith('\ufeff') ? text.slice(1) : text
  const odd = unacceptable.exec(content)
  if (odd !== null) {
    const code = odd[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    throw unreadable(
      name,
      content.slice(0, odd.index).split('\n').length,
      `character U+${code} is not allowed`,
    )
  }
  const document = parseDocument(content.replaceAll(/[ \t]*([\u2028\u2029])[ \t]*/g, '$1'), {
    schema: 'failsafe',
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter,
  })
  const [error] = document.errors
  if (error !== undefined) {
    const isDeep = error.message.includes('call stack')
    const said = error.code === 'MULTIPLE_DOCS' ? 'the file holds more than one document' : error.message
    const what = isDeep ? tooDeep : said
    throw unreadable(name, lineCounter.linePos(error.pos[0]).line, what)
  }
  return new TreeReader(document, name, lineCounter, isJson(content)).read()
}

/** Rule 6. */
function isJson(content: string): boolean {
  if (!/^\s*[{[]/.test(content)) return false
  try {
    JSON.parse(content)
    return true
  } catch {
    return false
  }
}

function unreadable(file: string, line: number, what: string, cause?: unknown): RowsmithError {
  const sentence = what.replaceAll(/\s+/g, ' ').slice(0, 200)
  return new RowsmithError('config_unreadable', `${file}:${line}: not readable as YAML: ${sentence}`, {
    facts: { file, line },
    cause,
  })
}

class TreeReader {
  readonly #document: Document.Parsed
  readonly #name: string
  readonly #lineCounter: LineCounter
  readonly #lines = new Map<string, number>()
  readonly #targets: ReadonlyMap<Alias, Node>
  /** Nodes whose inside is being read: an alias to one of them contains itself. */
  readonly #open = new Set<Node>()
  readonly #isJson: boolean
  #values = 0

  constructor(document: Document.Parsed, name: string, lineCounter: LineCounter, isJson: boolean) {
    this.#isJson = isJson
    this.#document = document
    this.#targets = aliasTargets(document)
    this.#name = name
    this.#lineCounter = lineCounter
  }

  read(): { value: Value; source: Source } {
    const value = this.#read(this.#document.contents, [])
    const lines = this.#lines
    const source: Source = {
      name: this.#name,
      line: (path) => {
        for (let length = path.length; length > 0; length--) {
          const line = lines.get(pathKey(path.slice(0, length)))
          if (line !== undefined) return line
        }
        return 1
      },
    }
    return { value, source }
  }

  #read(node: Node | null, path: Path): Value {
    if (node === null) return null
    this.#values += 1
    if (this.#values > mostValues) throw this.#unreadable(node, 'aliases repeat too much')
    if (path.length > levelsMax) throw this.#unreadable(node, tooDeep)
    if (isAlias(node)) {
      const target = this.#targets.get(node)
      if (target === undefined)
        throw this.#unreadable(node, `there is no anchor "${node.source.slice(0, 40)}"`)
      if (this.#open.has(target)) {
        throw this.#unreadable(node, `the alias "${node.source.slice(0, 40)}" contains itself`)
      }
      return this.#read(target, path)
    }
    if (isScalar(node)) return this.#scalar(node as Scalar<string>)
    const map = isMap(node)
    if (node.tag !== undefined && node.tag !== `tag:yaml.org,2002:${map ? 'map' : 'seq'}`) {
      throw this.#unreadable(node, `the tag "${node.tag.slice(0, 40)}" is not supported`)
    }
    this.#open.add(node)
    let value: Value = null
    if (map) {
      const members = new Map<string, Value>()
      this.#entries(node as YAMLMap<Node, Node | null>, path, members)
      value = objectOf([...members])
    } else if (isSeq(node)) {
      value = node.items.map((item, index) => {
        const itemPath = [...path, index]
        this.#mark(itemPath, item as Node)
        return this.#read(item as Node, itemPath)
      })
    }
    this.#open.delete(node)
    return value
  }

  /** Adds a map's members: what it merges first, then its own. */
  #entries(map: YAMLMap<Node, Node | null>, path: Path, members: Map<string, Value>): void {
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) for (const merged of this.#mergedMaps(value)) this.#entries(merged, path, members)
    }
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) continue
      const name = this.#key(key, map)
      const memberPath = [...path, name]
      this.#mark(memberPath, key)
      members.set(name, this.#read(value, memberPath))
    }
  }

  /** The maps behind `<<`, last first, so that earlier ones overwrite later ones. */
  #mergedMaps(value: Node | null): YAMLMap<Node, Node | null>[] {
    const target = isAlias(value) ? this.#targets.get(value) : value
    if (target !== undefined && target !== null && this.#open.has(target)) {
      throw this.#unreadable(target, 'a merged map contains itself')
    }
    if (isMap(target)) return [target as YAMLMap<Node, Node | null>]
    if (isSeq(target)) return target.items.toReversed().flatMap((item) => this.#mergedMaps(item as Node))
    throw this.#unreadable(value ?? this.#document.contents, 'only maps can be merged with "<<"')
  }

  #key(node: Node | null, map: Node): string {
    if (node !== null && !isScalar(node) && !isAlias(node)) {
      throw this.#unreadable(node, 'a list or a map cannot be a key')
    }
    const value = this.#read(node, [])
    if (isScalar(node) && node.type === 'PLAIN' && isDate(String(node.value))) {
      throw this.#unreadable(node, 'a date cannot be a key; quote it')
    }
    if (typeof value === 'string') return value
    if (typeof value === 'number') return formatFloat(value)
    if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
    throw this.#unreadable(node ?? map, 'a list or a map cannot be a key')
  }

  #scalar(node: Scalar<string>): Value {
    try {
      if (node.tag !== undefined) return readTaggedScalar(node.tag, node.value)
      if (node.type !== 'PLAIN' && node.type !== undefined) return node.value
      return this.#isJson ? readJsonScalar(node.value) : readPlainScalar(node.value)
    } catch (error) {
      if (error instanceof RangeError) throw this.#unreadable(node, error.message, error)
      throw error
    }
  }

  #mark(path: Path, node: Node | null): void {
    if (node?.range) this.#lines.set(pathKey(path), this.#line(node))
  }

  #line(node: Node | null): number {
    return node?.range ? this.#lineCounter.linePos(node.range[0]).line : 1
  }

  #unreadable(node: Node | null, what: string, cause?: unknown): RowsmithError {
    return unreadable(this.#name, this.#line(node), what, cause)
  }
}

/** What each alias stands for: the last node before it with that anchor. */
function aliasTargets(document: Document.Parsed): Map<Alias, Node> {
  const anchors = new Map<string, Node>()
  const targets = new Map<Alias, Node>()
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source)
        if (target !== undefined) targets.set(node, target)
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}

function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.value === '<<' && key.tag === undefined
}

function pathKey(path: Path): string {
  return JSON.stringify(path)
}

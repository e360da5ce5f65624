/**
 * The files and folders of the modelled disk: what the process sees, and what a power loss would leave.
 *
 * Owns: volatile and durable state, and what becomes of each unsynced change. Knows no interruptions and no clock.
 * Rules (D1 to D6 are those of `disk/disk.ts`):
 *   M1. A file has one content and a list of ranges not yet synced. A loss decides about each range alone;
 *       where a later range survives, a lost one is a hole of zeros, else the file is shorter.
 *   M2. A folder has the names it shows, the names that are durable, and the changes between. A loss keeps or loses each
 *       change alone; of two surviving changes to one name the later holds.
 *   M3. A rename in one folder is one change. Between folders the old name cannot go unless the new one stays (D4). A folder
 *       has one name: of a folder both happen, or neither, and whichever of the two parents is synced, both are durable.
 *   M4. What a failed sync was meant to cover is never made durable by a later one of the same process (D6).
 */

/** What a power loss does to one unsynced change. For a name everything but `lost` means that it survives. */
export type TornState = 'lost' | 'survives' | Torn

/** A write of which a first part reached the disk. */
export interface Torn {
  /** How much of the front is as written, 0 to 1. */
  readonly front: number
  /** What stands in place of the rest. */
  readonly rest: 'missing' | 'zeros' | 'garbage'
}

/** One operation as the disk counts them. */
export interface Operation {
  /** From 1, in the order of the process. */
  readonly number: number
  readonly name: OperationName
  readonly path: string
  /** Operation and path with what differs from run to run taken out: `append .rowsmith/journal/#-#.log`. */
  readonly site: string
}

export type OperationName =
  | 'create'
  | 'append'
  | 'sync'
  | 'close'
  | 'readFile'
  | 'readRange'
  | 'list'
  | 'stat'
  | 'makeDirectory'
  | 'rename'
  | 'link'
  | 'remove'
  | 'removeDirectory'
  | 'syncFile'
  | 'syncDirectory'

/** A change that a power loss may take. */
export interface Unsynced {
  readonly kind: 'write' | 'name'
  readonly operation: Operation
}

interface Range extends Unsynced {
  readonly kind: 'write'
  readonly offset: number
  readonly length: number
  unsyncable: boolean
}

export interface FileNode {
  readonly kind: 'file'
  content: Uint8Array
  ranges: Range[]
  modified: number
}

interface NameChange extends Unsynced {
  readonly kind: 'name'
  readonly names: readonly (readonly [name: string, node: Node | undefined])[]
  /** The new name of a rename between folders, when this is the old one's going. */
  readonly needs?: { readonly directory: DirectoryNode; readonly change: NameChange }
  /** The going of the old name of a folder, when this is the coming of the new one. */
  goes?: { readonly directory: DirectoryNode; readonly change: NameChange }
  unsyncable: boolean
}

export interface DirectoryNode {
  readonly kind: 'directory'
  readonly shown: Map<string, Node>
  readonly durable: Map<string, Node>
  changes: NameChange[]
  modified: number
}

export type Node = FileNode | DirectoryNode

export function emptyDirectory(): DirectoryNode {
  return { kind: 'directory', shown: new Map(), durable: new Map(), changes: [], modified: 0 }
}

export function emptyFile(): FileNode {
  return { kind: 'file', content: new Uint8Array(0), ranges: [], modified: 0 }
}

export function appendTo(file: FileNode, bytes: Uint8Array, operation: Operation): void {
  if (bytes.byteLength === 0) return
  const { byteLength: offset } = file.content
  const content = new Uint8Array(offset + bytes.byteLength)
  content.set(file.content)
  content.set(bytes, offset)
  file.content = content
  file.ranges.push({ kind: 'write', operation, offset, length: bytes.byteLength, unsyncable: false })
  file.modified = operation.number
}

export function syncData(file: FileNode): void {
  file.ranges = file.ranges.filter((range) => range.unsyncable)
}

export function setName(
  directory: DirectoryNode,
  name: string,
  node: Node | undefined,
  operation: Operation,
) {
  change(directory, { kind: 'name', operation, names: [[name, node]], unsyncable: false })
}

/** Rule M3. */
export function moveName(
  from: { directory: DirectoryNode; name: string },
  to: { directory: DirectoryNode; name: string },
  operation: Operation,
): void {
  const node = from.directory.shown.get(from.name)
  const common = { kind: 'name', operation, unsyncable: false } as const
  if (from.directory === to.directory) {
    change(to.directory, {
      ...common,
      names: [
        [to.name, node],
        [from.name, undefined],
      ],
    })
    return
  }
  const arrival: NameChange = { ...common, names: [[to.name, node]] }
  change(to.directory, arrival)
  const departure: NameChange = {
    ...common,
    names: [[from.name, undefined]],
    needs: { directory: to.directory, change: arrival },
  }
  change(from.directory, departure)
  if (node?.kind === 'directory') arrival.goes = { directory: from.directory, change: departure }
}

export function syncNames(directory: DirectoryNode): void {
  const open = directory.changes.filter((item) => item.unsyncable)
  const done = directory.changes.filter((item) => !item.unsyncable)
  directory.changes = open
  for (const item of done) {
    const needed = item.needs
    if (needed?.directory.changes.includes(needed.change)) {
      needed.directory.changes = needed.directory.changes.filter((other) => other !== needed.change)
      apply(needed.directory.durable, needed.change)
    }
    apply(directory.durable, item)
    const { goes } = item
    if (goes?.directory.changes.includes(goes.change)) {
      goes.directory.changes = goes.directory.changes.filter((other) => other !== goes.change)
      apply(goes.directory.durable, goes.change)
    }
  }
}

/** Rule M4: a sync that failed. */
export function spoilSync(node: Node): void {
  for (const item of node.kind === 'file' ? node.ranges : node.changes) item.unsyncable = true
}

/** Everything a power loss may take, in the order it was requested. */
export function unsyncedIn(root: DirectoryNode): readonly Unsynced[] {
  const found = new Set<Unsynced>()
  for (const node of reachable(root)) {
    for (const item of node.kind === 'file' ? node.ranges : node.changes) found.add(item)
  }
  return [...found].sort((a, b) => a.operation.number - b.operation.number)
}

/** A copy of the tree as a killed process leaves it: everything shown, unsynced things still unsynced. */
export function copyTree(root: DirectoryNode): DirectoryNode {
  const copies = new Map<Node, Node>()
  const changes = new Map<NameChange, NameChange>()
  const copyChange = (item: NameChange): NameChange => {
    const known = changes.get(item)
    if (known !== undefined) return known
    const { needs } = item
    const made: NameChange = {
      ...item,
      unsyncable: false,
      names: item.names.map(([name, node]) => [name, node === undefined ? undefined : copy(node)] as const),
      ...(needs === undefined
        ? {}
        : { needs: { directory: copy(needs.directory), change: copyChange(needs.change) } }),
    }
    changes.set(item, made)
    if (item.goes !== undefined) {
      made.goes = { directory: copy(item.goes.directory), change: copyChange(item.goes.change) }
    }
    return made
  }
  function copy<N extends Node>(node: N): N
  function copy(node: Node): Node {
    const known = copies.get(node)
    if (known !== undefined) return known
    if (node.kind === 'file') {
      const file = { ...node, ranges: node.ranges.map((range) => ({ ...range, unsyncable: false })) }
      copies.set(node, file)
      return file
    }
    const directory = { ...emptyDirectory(), modified: node.modified }
    copies.set(node, directory)
    for (const [name, child] of node.shown) directory.shown.set(name, copy(child))
    for (const [name, child] of node.durable) directory.durable.set(name, copy(child))
    directory.changes = node.changes.map(copyChange)
    return directory
  }
  return copy(root)
}

/** A copy of the tree as a power loss leaves it: nothing is unsynced any more. Rules M1 to M3. */
export function treeAfterLoss(
  root: DirectoryNode,
  stateOf: (unsynced: Unsynced) => TornState,
): DirectoryNode {
  const copies = new Map<Node, Node>()
  const states = new Map<Unsynced, TornState>()
  const state = (unsynced: Unsynced): TornState => {
    const known = states.get(unsynced) ?? stateOf(unsynced)
    states.set(unsynced, known)
    return known
  }
  const stays = (directory: DirectoryNode, item: NameChange): boolean => {
    if (!directory.changes.includes(item)) return true
    // Of a folder the coming of its new name decides about both.
    const together = item.needs?.change.goes?.change === item ? item.needs : undefined
    if (together !== undefined) return stays(together.directory, together.change)
    if (state(item) === 'lost') return false
    return item.needs === undefined || stays(item.needs.directory, item.needs.change)
  }
  const copy = (node: Node): Node => {
    const known = copies.get(node)
    if (known !== undefined) return known
    if (node.kind === 'file') {
      const file: FileNode = { ...node, content: contentAfterLoss(node, state), ranges: [] }
      copies.set(node, file)
      return file
    }
    const directory = { ...emptyDirectory(), modified: node.modified }
    copies.set(node, directory)
    const left = new Map(node.durable)
    for (const item of node.changes) {
      if (stays(node, item)) apply(left, item)
    }
    for (const [name, child] of left) {
      const made = copy(child)
      directory.shown.set(name, made)
      directory.durable.set(name, made)
    }
    return directory
  }
  return copy(root) as DirectoryNode
}

function contentAfterLoss(file: FileNode, stateOf: (unsynced: Unsynced) => TornState): Uint8Array {
  const content = file.content.slice()
  let cursor = 0
  let end = 0
  for (const range of file.ranges) {
    if (range.offset > cursor) end = range.offset
    cursor = range.offset + range.length
    const state = stateOf(range)
    if (state === 'survives') {
      end = cursor
      continue
    }
    const { front, rest } = state === 'lost' ? { front: 0, rest: 'missing' as const } : state
    const stored = Math.min(range.length, Math.floor(range.length * front))
    if (stored > 0) end = range.offset + stored
    for (let index = range.offset + stored; index < cursor; index++) {
      content[index] = rest === 'garbage' ? (index * 151 + 89) & 0xff : 0
    }
    if (rest !== 'missing') end = cursor
  }
  if (cursor < content.byteLength) end = content.byteLength
  return content.slice(0, end)
}

function change(directory: DirectoryNode, item: NameChange): void {
  apply(directory.shown, item)
  directory.changes.push(item)
  directory.modified = item.operation.number
}

function apply(names: Map<string, Node>, item: NameChange): void {
  for (const [name, node] of item.names) {
    if (node === undefined) names.delete(name)
    else names.set(name, node)
  }
}

/** Nodes under any name, shown, durable or in a change. */
function reachable(root: DirectoryNode): Set<Node> {
  const seen = new Set<Node>()
  const visit = (node: Node | undefined): void => {
    if (node === undefined || seen.has(node)) return
    seen.add(node)
    if (node.kind === 'file') return
    for (const child of node.shown.values()) visit(child)
    for (const child of node.durable.values()) visit(child)
    for (const item of node.changes) for (const [, child] of item.names) visit(child)
  }
  visit(root)
  return seen
}

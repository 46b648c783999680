/** A slow and obvious way to tell what the webhook must take: a tree of the text in which no field is lost. */
type Tree =
  | { readonly kind: 'leaf'; readonly value: unknown }
  | { readonly kind: 'array'; readonly items: readonly Tree[] }
  | { readonly kind: 'object'; readonly fields: readonly (readonly [name: string, value: Tree])[] }

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g
const MAX_DEPTH = 32

export function isTaken(text: string): boolean {
  try {
    JSON.parse(text)
  } catch {
    return false
  }
  const tokens = text.match(TOKEN) ?? []
  const tree = treeOf(tokens.toReversed())
  return tree.kind === 'object' && depthOf(tree) <= MAX_DEPTH && isStrict(tree)
}

/** Takes the tokens of one value from the end. They are known to be JSON. */
function treeOf(tokens: string[]): Tree {
  const token = tokens.pop() as string
  if (token === '[') {
    const items: Tree[] = []
    while (tokens.at(-1) !== ']') {
      items.push(treeOf(tokens))
      if (tokens.at(-1) === ',') tokens.pop()
    }
    tokens.pop()
    return { kind: 'array', items }
  }
  if (token === '{') {
    const fields: [string, Tree][] = []
    while (tokens.at(-1) !== '}') {
      const name = JSON.parse(tokens.pop() as string) as string
      tokens.pop()
      fields.push([name, treeOf(tokens)])
      if (tokens.at(-1) === ',') tokens.pop()
    }
    tokens.pop()
    return { kind: 'object', fields }
  }
  return { kind: 'leaf', value: JSON.parse(token) }
}

const partsOf = (tree: Tree): readonly Tree[] =>
  tree.kind === 'array' ? tree.items : tree.kind === 'object' ? tree.fields.map(([, value]) => value) : []

const depthOf = (tree: Tree): number => (tree.kind === 'leaf' ? 0 : 1 + Math.max(0, ...partsOf(tree).map(depthOf)))

const isStrictText = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

function isStrict(tree: Tree): boolean {
  if (tree.kind === 'leaf') {
    const { value } = tree
    return typeof value === 'string' ? isStrictText(value) : typeof value !== 'number' || Number.isFinite(value)
  }
  if (tree.kind === 'object') {
    const names = tree.fields.map(([name]) => name)
    if (new Set(names).size < names.length || names.includes('__proto__') || !names.every(isStrictText)) return false
    for (const [name, value] of tree.fields) {
      if (name !== 'constructor' || value.kind !== 'object') continue
      if (value.fields.some(([inner]) => inner === 'prototype')) return false
    }
  }
  return partsOf(tree).every(isStrict)
}

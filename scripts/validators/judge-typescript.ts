import ts from 'typescript'

/**
 * Whether TypeScript takes a text for one of the language: its errors of grammar are those numbered below 2000, the checker's among
 * them. JSX is part of both languages here.
 */
export function byTypeScript(language: 'javascript' | 'typescript', code: string): boolean {
  const names = language === 'javascript' ? ['a.jsx'] : ['a.ts', 'a.tsx']
  return names.some((name) => complaints(name, code).length === 0)
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  jsx: ts.JsxEmit.Preserve,
  experimentalDecorators: true,
  noLib: true,
  noResolve: true,
  types: [],
  allowJs: true,
  checkJs: true,
}
/** What is said of how files are set up, and not of their grammar. */
const ofSettings = new Set([1202, 1203, 1208, 1259, 1286, 1287, 1375, 1378, 1431, 1432])
/** What is said of names and their types. */
const ofNames = new Set([8021, 18004, 18046, 18047, 18048, 18049, 18050])

function complaints(name: string, code: string): readonly ts.Diagnostic[] {
  const source = ts.createSourceFile(name, code, ts.ScriptTarget.ESNext, true)
  const host: ts.CompilerHost = {
    ...ts.createCompilerHost(options),
    getSourceFile: (path) => (path === name ? source : undefined),
    fileExists: (path) => path === name,
    readFile: () => undefined,
    writeFile: () => {},
  }
  const program = ts.createProgram({ rootNames: [name], options, host })
  const all = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  return all.filter(
    ({ code: number, category }) =>
      category === ts.DiagnosticCategory.Error &&
      (number < 2000 || number >= 8000) &&
      !ofNames.has(number) &&
      !ofSettings.has(number),
  )
}

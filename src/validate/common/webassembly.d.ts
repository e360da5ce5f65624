/** What we use of the platform's WebAssembly; the types of Node leave it to those of browsers. */
// biome-ignore lint/style/noNamespace: this is how the types of a platform are declared
declare namespace WebAssembly {
  type Exports = Readonly<Record<string, unknown>>
  interface Memory {
    readonly buffer: ArrayBuffer
  }
  class Module {
    private readonly compiled: true
    static imports(module: Module): readonly { readonly module: string; readonly name: string }[]
  }
  class Instance {
    constructor(module: Module, imports?: Readonly<Record<string, object>>)
    readonly exports: Exports
  }
  class RuntimeError extends Error {}
  function compile(bytes: Uint8Array): Promise<Module>
}

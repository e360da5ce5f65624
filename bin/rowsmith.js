#!/usr/bin/env sh
':' //; exec node -- "$0" "$@"
// The lines above are one for the shell and none for Node. Without the `--` Node takes an `--env-file` of ours for its own.
//
// The command. Plain JavaScript that any Node can read, so that an old one gets a sentence instead of a syntax error.
// In a clone it runs the TypeScript beside it (Node strips the types); in a package, the built file.
// A Node before 14.18 does not know the prefix `node:`.
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'fs'
import * as nodeModule from 'module'
import { homedir } from 'os'
import { join } from 'path'

const needed = [22, 18]
const running = process.versions.node.split('.').map(Number)

if (running[0] < needed[0] || (running[0] === needed[0] && running[1] < needed[1])) {
  refuse(
    'old_node',
    'Rowsmith needs Node ' + needed.join('.') + ' or newer, and this is ' + process.versions.node,
    'Install Node 24, or in a clone run `npm ci` and then `npx rowsmith`.',
  )
} else {
  start()
}

function start() {
  const early = keepSignals()
  if (nodeModule.enableCompileCache) keepCompiled()
  const version = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
  const source = new URL('../src/cli/main.ts', import.meta.url)
  const built = new URL('../dist/cli.mjs', import.meta.url)
  import((existsSync(source) ? source : built).href).then(
    (cli) => cli.main(process.argv.slice(2), version, early),
    (error) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
      // A path in it may hold what steers a terminal.
      const message = error.message.split('\n')[0].replace(/[^\x20-\x7e]/g, '?')
      refuse('usage', 'Cannot start: ' + message, 'Run `npm ci` first.')
    },
  )
}

/** What is compiled is run by the next process: so it lies where nobody else may write, and nowhere where there is no such place. */
function keepCompiled() {
  try {
    if (process.env.NODE_COMPILE_CACHE) return nodeModule.enableCompileCache()
    const home = homedir()
    const { uid, mode } = statSync(home)
    if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) return
    const caches =
      process.platform === 'darwin'
        ? join(home, 'Library', 'Caches')
        : process.platform === 'win32'
          ? process.env.LOCALAPPDATA || join(home, 'AppData', 'Local')
          : process.env.XDG_CACHE_HOME || join(home, '.cache')
    nodeModule.enableCompileCache(join(caches, 'rowsmith', 'compiled'))
  } catch (_error) {
    // Without a home, every start compiles.
  }
}

/** Until the command is loaded, a signal is kept for it (src/cli/process/signals.ts): to be told about, and to end with its code. */
function keepSignals() {
  const names = ['SIGHUP', 'SIGINT', 'SIGTERM']
  const early = { hadTerminal: hasTerminal(), received: undefined, keep, letGo, takeBack }
  function keep(name) {
    if (early.received === undefined) early.received = name
  }
  function letGo() {
    for (const name of names) process.off(name, keep)
  }
  function takeBack() {
    for (const name of names) process.on(name, keep)
  }
  takeBack()
  return early
}

function hasTerminal() {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch (_error) {
    return false
  }
}

function refuse(code, message, nextStep) {
  console.error('error: ' + message + '. Next: ' + nextStep + ' [' + code + ']')
  if (process.argv.indexOf('--json') !== -1) {
    const error = { code, message, facts: {}, next_step: nextStep }
    console.log(JSON.stringify({ exit_code: 2, error }))
  }
  process.exitCode = 2
}

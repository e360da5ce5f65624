/** Functions, workflows and tools as users and servers strain them: what was found from outside, Y1 to Y22. */
import type { Behaviour } from './behaviour.ts'

export const functionsAndTools: Readonly<Record<string, Behaviour>> = {
  Y1: {
    says: 'Two modules that differ in one token, line break or file that they reach are two programs, and make two datasets.',
    tests: [
      [
        'test/code/source-hash.test.ts',
        'two programs > that differ in one thing only (regular expression) have two hashes',
      ],
      [
        'test/code/source-hash.test.ts',
        'two programs > that differ in one thing only (return) have two hashes',
      ],
      [
        'test/code/source-hash.test.ts',
        'two programs > that differ in one thing only (attributes of an import) have two hashes',
      ],
    ],
  },
  Y2: {
    says: 'An edited function runs again; answers of models that it asks for as before are reused.',
    tests: [
      ['test/run/scheduler/cells/bounded-functions.test.ts', 'an edit > of a kept function runs it again'],
      [
        'test/run/scheduler/cells/bounded-functions.test.ts',
        'an edit > of a function that asks models runs it again, and buys only what it asks otherwise',
      ],
      [
        'test/run/scheduler/cells/bounded-functions.test.ts',
        'an edit > of a declaration (type) makes another dataset',
      ],
    ],
  },
  Y3: {
    says: 'A stage is found by its name, wherever it stands: an edit of a workflow buys only what changed.',
    tests: [
      [
        'test/workflow/moved-stages.test.ts',
        'a stage is found by its name > when one is put in before it: nothing is bought again',
      ],
      ['test/workflow/moved-stages.test.ts', 'a stage is found by its name > a new name is told of'],
      [
        'test/workflow/edits.test.ts',
        'buys only what changed when steps are put in, taken out, renamed, moved, reworded and enlarged, one edit after the other',
      ],
    ],
  },
  Y4: {
    says: 'The output of a processor goes to the next stage, with every other processor beside it.',
    tests: [
      ['test/workflow/moved-stages.test.ts', 'the output of a processor > is taken as it is: before a query'],
      ['test/workflow/moved-stages.test.ts', 'the output of a processor > is taken as it is: after a query'],
    ],
  },
  Y5: {
    says: 'An accept that is async is waited for, and stops the workflow.',
    tests: [
      [
        'test/workflow/moved-stages.test.ts',
        'what a program gives > an accept that is async stops the workflow',
      ],
    ],
  },
  Y6: {
    says: 'A function that never ends is given up after its timeout, and named by a stop, which ends within the grace.',
    tests: [
      [
        'test/run/scheduler/cells/bounded-functions.test.ts',
        'a function that never ends > costs its row when its timeout is over: one that is kept',
      ],
      [
        'test/run/scheduler/cells/bounded-functions.test.ts',
        'a function that never ends > is named by a stop, which ends within the grace: one that is kept',
      ],
      ['test/cli/user-code.test.ts', 'one SIGTERM ends a command whose function never gives back control'],
    ],
  },
  Y7: {
    says: 'process.exit in a function, or an error that nobody waits for, fails the command with a sentence.',
    tests: [
      ['test/cli/user-code.test.ts', 'a function that ends the process fails the command, with a sentence'],
      ['test/cli/user-code.test.ts', 'a function that fails in a timer fails the command, with a sentence'],
    ],
  },
  Y8: {
    says: 'A list with holes, and any other odd value, costs its rows with a sentence, and is no internal error.',
    tests: [
      [
        'test/run/scheduler/cells/bounded-functions.test.ts',
        'a function that > leaves holes in its whole column costs its row group, with a sentence',
      ],
      [
        'test/run/scheduler/cells/bounded-functions.test.ts',
        'a function that > throws a proxy that throws costs its row alone, with a sentence',
      ],
    ],
  },
  Y9: {
    says: 'A condition is checked before the first request, and must give the same rows whenever it is asked.',
    tests: [
      [
        'test/workflow/moved-stages.test.ts',
        'before the first request > is refused: a column that is not there',
      ],
      ['test/workflow/moved-stages.test.ts', 'before the first request > is refused: chance'],
    ],
  },
  Y10: {
    says: 'A dataset of a config module is retried, resumed and replayed with its functions, from where the module is now.',
    tests: [
      [
        'test/run/open/code-datasets.test.ts',
        'a dataset of a module > is retried with its functions, from the file that it was made from',
      ],
      [
        'test/run/open/code-datasets.test.ts',
        'a dataset of a module > takes its config from where that is now',
      ],
    ],
  },
  Y11: {
    says: "A file given in place of a stage's output is checked with every later stage before the first request.",
    tests: [
      [
        'test/workflow/workflow.test.ts',
        'a part of a workflow > is refused before anything is asked where the file lacks a column of the last stage',
      ],
      [
        'test/workflow/workflow.test.ts',
        'a part of a workflow > is read again when the file changed, buys what is new, and leaves what the stage made',
      ],
    ],
  },
  Y12: {
    says: 'A result that is none is the error of its call; no other call notices, over every transport.',
    tests: [
      [
        'test/tools/mcp/hostile-servers.test.ts',
        'an answer that does not fit > is told to the model whose call it answers; every other call has its own answer, and none is made twice',
      ],
      [
        'test/tools/mcp/hostile-http.test.ts',
        'a hostile server in events > is told to the model call by call: no other call notices, and none is made twice',
      ],
      [
        'test/tools/mcp/hostile-http.test.ts',
        'a hostile server in sse > is told to the model call by call: no other call notices, and none is made twice',
      ],
    ],
  },
  Y13: {
    says: 'A tool that models cannot be told of is left out with a sentence, and the others stay.',
    tests: [
      [
        'test/tools/mcp/hostile-servers.test.ts',
        'a list of tools > leaves out what cannot be told to a model, with a sentence, and keeps the rest',
      ],
    ],
  },
  Y14: {
    says: 'Listing tools ends, whatever cursors a server gives.',
    tests: [
      [
        'test/tools/mcp/hostile-servers.test.ts',
        'a list of tools > ends at the same cursor again, and keeps what it has',
      ],
      [
        'test/tools/mcp/hostile-http.test.ts',
        'a hostile server in sse > may list tools without an end: those that came until then stay',
      ],
    ],
  },
  Y15: {
    says: 'Media in results go where each vendor takes them, and else stand there in words.',
    tests: [
      [
        'test/run/effects/tools.test.ts',
        'a model that calls tools > gets pictures in a message after the results, where its vendor takes them',
      ],
    ],
  },
  Y16: {
    says: "Names that no vendor takes are told by aliases; configs, traces and the bill have the server's own.",
    tests: [
      [
        'test/tools/mcp/hostile-servers.test.ts',
        'the tools of an alias > are told by names that every vendor takes, always the same ones, and called by their own',
      ],
      [
        'test/run/effects/tools.test.ts',
        'a model that calls tools > knows odd names by aliases: allow lists, `once`, turn limits, traces and the bill go by the names of the server',
      ],
    ],
  },
  Y17: {
    says: 'A result has a size limit that is told, and one beyond 64 MB fails its call alone.',
    tests: [
      [
        'test/tools/mcp/hostile-servers.test.ts',
        'the tools of an alias > cut a long text in the middle, and say so',
      ],
      [
        'test/tools/mcp/hostile-servers.test.ts',
        'an answer that does not fit > is not kept when it is larger than 64 MB: its call is told so, and the session goes on',
      ],
    ],
  },
  Y18: {
    says: 'A server that dies costs the call that killed it; one that is replaced costs no row.',
    tests: [
      [
        'test/tools/mcp/hostile-servers.test.ts',
        'a server that dies in a call > costs the call that killed it, and no other',
      ],
      [
        'test/run/effects/tool-sessions.test.ts',
        'a server over stdio that goes away twice in the middle of a run costs nothing',
      ],
      [
        'test/run/effects/tool-sessions.test.ts',
        'a server over sse that goes away twice in the middle of a run costs nothing',
      ],
    ],
  },
  Y19: {
    says: 'The whole error of a tool reaches the model, and the telling line of a server that dies at its start the user.',
    tests: [
      [
        'test/tools/mcp/hostile-servers.test.ts',
        'a server that dies in a call > at its start is quoted by the line that says why',
      ],
    ],
  },
  Y20: {
    says: 'Killed in conversations with tools, over every transport, a run goes on: no kept result is asked for again.',
    tests: [
      [
        'test/crash/tool-kills.test.ts',
        'killed in conversations, tools marked once run once for each call, or their row says that nobody knows (stdio, once: true)',
      ],
      [
        'test/crash/tool-kills.test.ts',
        'killed in conversations, as over stdio, whatever became of the sessions (streamable_http, once: true)',
      ],
      [
        'test/crash/tool-kills.test.ts',
        'killed in conversations, as over stdio, whatever became of the streams (sse, once: false)',
      ],
      [
        'test/crash/fault-sweep.test.ts',
        'a run on the modelled disk > goes on after a stop in the middle of conversations with tools: none marked `once` runs twice',
      ],
    ],
  },
  Y21: {
    says: 'Killed in functions that ask models, a run goes on: what is durable is computed and asked for once.',
    tests: [
      [
        'test/crash/function-kills.test.ts',
        'a function that asks models is killed: what is durable is not asked for, nor computed, again, and the bytes are those of a calm run',
      ],
      [
        'test/crash/fault-sweep.test.ts',
        'a run on the modelled disk > goes on after a stop in the middle of functions that ask models: what is durable is computed once',
      ],
    ],
  },
  Y22: {
    says: 'Killed while images are drawn, a run goes on: no image is published in part, and none is drawn twice.',
    tests: [
      [
        'test/crash/images.test.ts',
        'a run with images on the modelled disk > ends with the same files after a stop anywhere, keeps what was durable, and publishes no image in part',
      ],
      [
        'test/crash/real-kills.test.ts',
        'processes killed with requests in flight > and with images: those that are published are whole, and none is drawn twice',
      ],
    ],
  },
}

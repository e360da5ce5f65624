/** What a template may use up. Every limit ends the render of one row with `template_failed`, never the process. */

/** Characters of one rendered text; the reference's limit. */
export const maxRenderedCharacters = 512_000
/** Characters of any text made on the way to the rendered one. */
export const maxTextCharacters = 4_000_000
/** Loop rounds, and elements walked by filters and functions, of one render. */
export const maxSteps = 2_000_000
/** Elements of `range()`; the reference's limit. */
export const maxRange = 100_000
/** Elements of a list made by `*` or `+`. */
export const maxListItems = 1_000_000
/** Size of an integer made by `*` or `**`, in hexadecimal digits. */
export const maxIntegerDigits = 25_000
/** Macro calls and recursive loops inside each other. */
export const maxCallDepth = 100
/** Brackets, statements and prefix operators inside each other in the source. */
export const maxSourceNesting = 100
/** Operators and filters chained on each other in one expression. */
export const maxExpressionDepth = 500

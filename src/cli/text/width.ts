/**
 * How wide a stream is.
 *
 * @param otherwise for what is no terminal, and for a terminal without a size: one of a container or a script says 0
 */
export function widthOf(stream: NodeJS.WriteStream, otherwise: number): number {
  return stream.columns || otherwise
}

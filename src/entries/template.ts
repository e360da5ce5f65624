/** `rowsmith/template`: the templates of configs, for other uses. By hand. */
export { type CompiledTemplate, compileForUsers as compileTemplate } from '../template/rendering/for-users.ts'

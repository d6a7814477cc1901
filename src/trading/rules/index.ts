export { compileRules, ruleDeclarations } from './compile.ts';
export { rulesLimits } from './limits.ts';
export { readRules } from './read.ts';
export { conditionText, operandText, rulesText } from './text.ts';
export { type Condition, type Operand, RulePrice, type Rules } from './types.ts';

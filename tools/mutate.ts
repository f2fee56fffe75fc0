import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';

const HELP = `Changes the code in one small way at a time and lists the changes that no test notices.

  npm run mutate -- nodes/SendGridSegments/transport --tests "test/unit test/engine/faults" --max 50

  <files or folders>   what to change; a file followed by :<line> for that line only
  --tests "<args>"     which tests to run, as arguments for jest (default: all of them);
                       if given again, those run for the changes that the first did not notice
  --max <n>            how many changes to try, selected at random (default: all of them)
  --seed <text>        selects others
  --jobs <n>           how many to try at once (default: half of the cores)
`;

const root = path.resolve(__dirname, '..');
const K = ts.SyntaxKind;

interface Mutation {
	file: string;
	line: number;
	start: number;
	end: number;
	before: string;
	after: string;
}

const OPERATORS: Partial<Record<ts.SyntaxKind, string>> = {
	[K.QuestionQuestionToken]: '&&',
	[K.AmpersandAmpersandToken]: '||',
	[K.BarBarToken]: '&&',
	[K.LessThanToken]: '<=',
	[K.LessThanEqualsToken]: '<',
	[K.GreaterThanToken]: '>=',
	[K.GreaterThanEqualsToken]: '>',
	[K.EqualsEqualsEqualsToken]: '!==',
	[K.ExclamationEqualsEqualsToken]: '===',
	[K.PlusToken]: '-',
	[K.MinusToken]: '+',
	[K.AsteriskToken]: '/',
	[K.SlashToken]: '*',
};

/** Every small change to the file, in the order of its text. */
function mutationsOf(file: string): Mutation[] {
	const source = ts.createSourceFile(
		file,
		readFileSync(file, 'utf8'),
		ts.ScriptTarget.ES2022,
		true,
	);
	const found: Mutation[] = [];
	const add = (start: number, end: number, after: string) => {
		const line = source.getLineAndCharacterOfPosition(start).line + 1;
		found.push({ file, line, start, end, before: source.text.slice(start, end), after });
	};
	const replace = (node: ts.Node, after: string) => add(node.getStart(), node.end, after);
	const negate = (condition: ts.Node) => replace(condition, `!(${condition.getText()})`);
	const removeEach = (list: ts.NodeArray<ts.Node>) =>
		list.forEach((node, index) =>
			add(node.getStart(), list[index + 1]?.getStart() ?? list.end, ''),
		);

	const visit = (node: ts.Node): void => {
		if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isImportDeclaration(node))
			return;
		if (ts.isIfStatement(node) || ts.isWhileStatement(node)) negate(node.expression);
		if (ts.isConditionalExpression(node)) negate(node.condition);
		if (ts.isExpressionStatement(node) && !node.getText().startsWith('super(')) replace(node, ';');
		if (ts.isThrowStatement(node)) replace(node, ';');
		if (ts.isBinaryExpression(node)) {
			const operator = OPERATORS[node.operatorToken.kind];
			if (operator)
				replace(node, `((${node.left.getText()}) ${operator} (${node.right.getText()}))`);
		}
		if (ts.isNumericLiteral(node))
			for (const step of ['+', '-']) replace(node, `(${node.getText()} ${step} 1)`);
		if (node.kind === K.TrueKeyword) replace(node, 'false');
		if (node.kind === K.FalseKeyword) replace(node, 'true');
		if (ts.isArrayLiteralExpression(node)) removeEach(node.elements);
		if (ts.isObjectLiteralExpression(node)) removeEach(node.properties);
		if (ts.isFunctionLike(node) && 'body' in node && node.body && ts.isBlock(node.body)) {
			const [first] = node.body.statements;
			if (first) replace(first, `return; ${first.getText()}`);
		}
		ts.forEachChild(node, visit);
	};
	visit(source);
	return found;
}

/** A part of them that depends on the seed only: the same call tries the same changes. */
function sample(mutations: Mutation[], max: number, seed: string): Mutation[] {
	const rank = ({ file, start, after }: Mutation) =>
		createHash('sha256')
			.update([seed, path.relative(root, file), start, after].join())
			.digest('hex');
	return mutations
		.map((mutation) => ({ mutation, rank: rank(mutation) }))
		.sort((a, b) => (a.rank < b.rank ? -1 : 1))
		.slice(0, max)
		.map(({ mutation }) => mutation);
}

/** Writes the file into the copy and builds it; false where the text is no TypeScript. */
async function write(copy: string, file: string, text: string): Promise<boolean> {
	writeFileSync(path.join(copy, path.relative(root, file)), text);
	const gulp = path.join(root, 'node_modules/.bin/gulp');
	return await new Promise((resolve) => {
		execFile(gulp, ['code'], { cwd: copy }, (failure) => resolve(!failure));
	});
}

/** A copy of the project without its history, with the packages of the original. */
function copyProject(parent: string, name: string): string {
	const copy = path.join(parent, name);
	const left = ['.git', 'node_modules', 'docs', 'dist'].map((entry) => path.join(root, entry));
	cpSync(root, copy, { recursive: true, filter: (from) => !left.includes(from) });
	symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
	execFileSync('npm', ['run', 'build'], { cwd: copy, stdio: 'ignore' });
	return copy;
}

/** Whether the tests pass in the copy; a run that takes longer than the limit does not. */
async function passes(copy: string, tests: string[], timeout?: number): Promise<boolean> {
	const jest = [require.resolve('jest/bin/jest'), '--ignoreProjects', 'e2e', 'queue', 'ui'];
	const args = [...jest, '--bail', '--runInBand', '--forceExit', ...tests];
	const options = { cwd: copy, timeout, killSignal: 'SIGKILL', maxBuffer: 2 ** 28 } as const;
	return await new Promise((resolve) => {
		execFile(process.execPath, args, options, (failure) => resolve(!failure));
	});
}

const short = (text: string) => {
	const line = text.replace(/\s+/g, ' ').trim();
	return line.length > 100 ? `${line.slice(0, 99)}…` : line || '(nothing)';
};

async function mutate(mutations: Mutation[], tests: string[][], jobs: number, folder: string) {
	const copies = Array.from({ length: jobs }, (_, job) => copyProject(folder, `copy-${job}`));
	const timeouts: number[] = [];
	for (const args of tests) {
		const began = Date.now();
		const unchanged = await Promise.all(copies.map((copy) => passes(copy, args)));
		if (unchanged.includes(false)) throw new Error('The tests fail without any change.');
		timeouts.push(10_000 + 2 * (Date.now() - began));
	}
	const seconds = timeouts.map((timeout) => Math.ceil(timeout / 1000)).join(' + ');
	console.log(`Trying ${mutations.length} changes, each for up to ${seconds} s.`);

	const queue = mutations.values();
	const passesAll = async (copy: string) => {
		for (const [n, args] of tests.entries()) {
			if (!(await passes(copy, args, timeouts[n]))) return false;
		}
		return true;
	};
	let survived = 0;
	let killed = 0;
	const work = async (copy: string) => {
		for (const { file, line, start, end, before, after } of queue) {
			const text = readFileSync(file, 'utf8');
			if (await write(copy, file, text.slice(0, start) + after + text.slice(end))) {
				if (await passesAll(copy)) {
					survived += 1;
					console.log(`${path.relative(root, file)}:${line}: ${short(before)} → ${short(after)}`);
				} else killed += 1;
			}
			await write(copy, file, text);
		}
	};
	await Promise.all(copies.map(work));
	console.log(`${survived} of ${survived + killed} survived.`);
}

async function main(): Promise<void> {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			tests: { type: 'string', multiple: true, default: [''] },
			max: { type: 'string', default: 'Infinity' },
			seed: { type: 'string', default: '1' },
			jobs: { type: 'string', default: String(Math.ceil(availableParallelism() / 2)) },
		},
	});
	if (!positionals.length) return console.log(HELP);
	const found = [...new Set(positionals)].flatMap((positional) => {
		const [, name, line] = /^(.*?)(?::(\d+))?$/.exec(positional)!;
		const file = path.resolve(name);
		const files = ts.sys.directoryExists(file) ? ts.sys.readDirectory(file, ['.ts']) : [file];
		return files.flatMap(mutationsOf).filter((each) => !line || each.line === Number(line));
	});
	const mutations = sample(found, Number(values.max), values.seed);
	const folder = mkdtempSync(path.join(tmpdir(), 'mutate-'));
	process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
	const tests = values.tests.map((args) => args.split(' ').filter(Boolean));
	await mutate(mutations, tests, Number(values.jobs), folder);
}

main().catch((reason: unknown) => {
	console.error(reason instanceof Error ? reason.message : reason);
	process.exitCode = 1;
});

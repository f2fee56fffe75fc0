import type { Played } from './play';
import { parametersOf } from './play';
import type { Scenario } from './scenario';

const shorten = (text: string) =>
	text.length > 300 ? `${text.slice(0, 120)}… (${text.length} characters)` : text;

const write = (value: unknown) =>
	JSON.stringify(value, (_, each: unknown) =>
		each === undefined ? '(undefined)' : typeof each === 'string' ? shorten(each) : each,
	);

/** A scenario in words: what the node was asked, what went wrong, and what arrived. */
export function describeScenario(scenario: Scenario, played?: Played): string {
	const { items, onError, faults, downloadFaults, cancel } = scenario;
	const settings = [
		`On Error: ${onError}`,
		scenario.retryOnFail &&
			`Retry On Fail: ${scenario.maxTries} tries, ${scenario.waitBetweenTries} ms apart`,
		scenario.executeOnce && 'Execute Once',
		scenario.batchSize && `Batching: ${scenario.batchSize} items, ${scenario.batchInterval} ms`,
		scenario.timeout && `Timeout: ${scenario.timeout} ms`,
		`time zone: "${scenario.timezone}"`,
		cancel && `canceled: ${write(cancel)}`,
		`credential: ${scenario.credentialForm === 'plain' ? `key ${items[0].key}, account ${items[0].account}` : 'of each item'}`,
	].filter(Boolean);
	const account = {
		segments: scenario.segments,
		imports: scenario.imports,
		accountRefreshesUsed: scenario.accountRefreshesUsed,
		rateLimit: scenario.rateLimit,
		emptyLists: scenario.emptyLists,
		updateTooSoon: scenario.updateTooSoon,
		brokenSendTo: scenario.brokenSendTo,
		exports: scenario.exports,
	};
	return [
		`Node: ${write(parametersOf(scenario))}`,
		settings.join('; '),
		'Items:',
		...items.map(
			({ key, account: number, isBroken, fields }, index) =>
				`  ${index}: key ${key}, account ${number}${isBroken ? ', with a broken expression' : ''}, ${write(fields)}`,
		),
		`Account: ${write(account)}`,
		'What goes wrong:',
		...faults.map(
			({ fault, target, from, times }) =>
				`  request ${from + 1} and later of "${target || 'any'}", ${times} times: ${write(fault)}`,
		),
		...downloadFaults.map((fault) => `  downloads: ${write(fault)}`),
		...(faults.length + downloadFaults.length === 0 ? ['  nothing'] : []),
		...(played ? ['What arrived:', ...arrivals(played), 'What came out:', ...outcome(played)] : []),
	].join('\n');
}

function arrivals({ accounts }: Played): string[] {
	return accounts.flatMap(({ simulator, requestsAtEnd, importEnds }, number) => [
		...simulator.log.map(
			({ method, path, status, body, headers }, index) =>
				`  account ${number}, ${index}${index >= requestsAtEnd ? ' (after the end)' : ''}: ${method} ${path} ${body === undefined ? '' : shorten(JSON.stringify(body))} → ${status ?? 'no response'} [${keyName(simulator.keys, headers.authorization)}]`,
		),
		...[...importEnds].map(([id, end]) => `  account ${number}: import ${id} ${write(end)}`),
	]);
}

function keyName(keys: object, authorization = ''): string {
	return (
		Object.entries(keys).find(([, key]) => authorization === `Bearer ${key}`)?.[0] ?? authorization
	);
}

function outcome({ run }: Played): string[] {
	const ends = [...run.success, ...run.failures].slice(0, 30);
	return [
		`  ${run.status}${run.error ? `: ${run.error.message} ${String((run.error as { description?: unknown }).description ?? '')}` : ''}`,
		...ends.map(({ json, pairedItem }) => `  item ${write(pairedItem)}: ${shorten(write(json))}`),
	];
}

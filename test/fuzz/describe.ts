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
	return [
		`Node: ${write(parametersOf(scenario))}`,
		settings.join('; '),
		'Items:',
		...items.map(
			({ key, account: number, isBroken, fields }, index) =>
				`  ${index}: key ${key}, account ${number}${isBroken ? ', with a broken expression' : ''}, ${write(fields)}`,
		),
		'Account:',
		...accountOf(scenario).map((line) => `  ${line}`),
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

function accountOf({ segments, imports, brokenSendTo, exports, ...scenario }: Scenario): string[] {
	const { accountRefreshesUsed, rateLimit, emptyLists, updateTooSoon } = scenario;
	const lines = [
		...segments.map(
			(
				{ contacts, refreshedMinutesAgo, refreshesUsed, isScheduled, isBasedOnList, isUncounted },
				number,
			) =>
				[
					`segment ${number}: ${isUncounted ? 'not counted' : `${contacts} contacts`}`,
					refreshedMinutesAgo !== undefined &&
						`refreshed ${refreshedMinutesAgo} minutes ago, ${refreshesUsed} used`,
					isScheduled && 'in a scheduled Single Send',
					isBasedOnList && 'based on list 0',
				]
					.filter(Boolean)
					.join(', '),
		),
		...imports.map(({ endsAfterSeconds, as }, number) =>
			endsAfterSeconds === undefined
				? `import ${number}: does not end`
				: `import ${number}: ${as} after ${endsAfterSeconds} seconds`,
		),
		accountRefreshesUsed > 0 && `refreshes of the account used today: ${accountRefreshesUsed}`,
		rateLimit !== undefined && `${rateLimit} requests a minute`,
		emptyLists !== 'array' && `empty lists are ${emptyLists}`,
		updateTooSoon !== undefined && `updates within five minutes: ${updateTooSoon}`,
		brokenSendTo !== undefined && `a scheduled Single Send for ${write(brokenSendTo)}`,
		Object.keys(exports).length > 0 && `exports: ${write(exports)}`,
	];
	return lines.filter((line) => line !== false);
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

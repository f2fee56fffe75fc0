import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';
import { logged, type NodeRunResult } from '../harness';
import type { Outcome } from './faults';

/** The three settings of "On Error". */
export const onErrorSettings: Array<NonNullable<INode['onError']>> = [
	'stopWorkflow',
	'continueRegularOutput',
	'continueErrorOutput',
];

/** What became of an item. */
export interface Fate {
	outcome: Outcome;
	output?: IDataObject;
	message?: string;
	description?: string;
}

export const itemOf = ({ pairedItem }: INodeExecutionData) => (pairedItem as { item: number }).item;

/** Whether the failure says that the request may have taken effect. */
export const isUncertain = ({ json }: INodeExecutionData) =>
	String((json.error as IDataObject).description).includes('It may still have taken effect');

/** The fate of the item: of a run that carried on it is one output or one failure, no more. */
export function fateOf({ success, failures }: NodeRunResult, item: number): Fate {
	const ends = [...success, ...failures].filter((end) => itemOf(end) === item);
	expect(ends).toHaveLength(1);
	const [{ json }] = ends;
	if (!json.error) return { outcome: 'succeeded', output: json };
	const { message, description } = json.error as Record<string, string>;
	return { outcome: isUncertain(ends[0]) ? 'uncertain' : 'refused', message, description };
}

/** Of a test file that uses it, no log entry holds an API key. */
export function keepsKeyOutOfLog() {
	afterAll(() => {
		expect(logged.length).toBeGreaterThan(0);
		expect(logged.filter((entry) => /SG\.[\w-]{22}\./.test(entry))).toEqual([]);
	});
}

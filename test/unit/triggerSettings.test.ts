import type { IDataObject, INodeProperties, IPollFunctions } from 'n8n-workflow';
import { SendGridSegmentsTrigger } from '../../nodes/SendGridSegments/SendGridSegmentsTrigger.node';
import { fakeContext, rawResponse } from './fakes';
import { Expression, functionsOf, ID, validValue } from './parseItem';

// What is missing never widens what is watched: a setting that is there and is nothing fails before
// anything is read.

const trigger = new SendGridSegmentsTrigger();
// A collection has a twin that the editor does not show.
const properties = trigger.description.properties.filter(({ type }) => type !== 'hidden');

const valid: IDataObject = { events: ['countChanged'], segments: [ID], options: { minChange: 5 } };

let workflows = 0;

/** The message of the failure, or which segments a poll reads for the settings. */
async function poll(parameters: IDataObject) {
	const { context, requests } = fakeContext(() =>
		rawResponse(200, { results: [{ id: ID, name: 'Berlin', contacts_count: 5 }] }),
	);
	const { getNode, getNodeParameter } = functionsOf(parameters);
	const id = String(++workflows);
	const functions = {
		...context.functions,
		getNode: () => ({ ...getNode(), id, name: 'Trigger', type: 'x', typeVersion: 1 }),
		getNodeParameter,
		getMode: () => 'manual',
		getActivationMode: () => 'manual',
		getWorkflow: () => ({ id }),
		getWorkflowStaticData: () => ({}),
		getCredentials: async () => ({ apiKey: 'SG.key', baseUrl: 'https://api.sendgrid.com' }),
	} as unknown as IPollFunctions;
	const result = await trigger.poll.call(functions).catch((thrown: Error) => thrown);
	return { result, requests: requests.mock.calls.length };
}

const NOTHING: unknown[] = [undefined, null, '', ' ', '\n', [], NaN];

const optionsOf = (field: INodeProperties) => (field.options ?? []) as INodeProperties[];

const places = properties.flatMap((field) => [
	{ label: field.displayName, field, set: (value: unknown) => ({ ...valid, [field.name]: value }) },
	...(field.type === 'collection' ? optionsOf(field) : []).map((option) => ({
		label: option.displayName,
		field: option,
		set: (value: unknown) => ({ ...valid, [field.name]: { [option.name]: value } }),
	})),
]);

async function expectRefusal(parameters: object, label: string) {
	const { result, requests } = await poll(parameters as IDataObject);
	expect(result).toMatchObject({ message: expect.stringContaining(`'${label}'`) });
	expect(requests).toBe(0);
}

it('reads the segments with settings that are valid', async () => {
	expect(await poll(valid)).toEqual({
		result: [[{ json: expect.objectContaining({ event: 'countChanged', segment_id: ID }) }]],
		requests: 1,
	});
});

describe.each(places)('$label', ({ label, field, set }) => {
	/** Nobody has chosen a segment: all are watched. */
	const mayBeLeftEmpty = (value: unknown) =>
		field.name === 'segments' &&
		(value === undefined || (Array.isArray(value) && value.length === 0));

	it.each(NOTHING)('fails if it is %j', async (value) => {
		if (mayBeLeftEmpty(value)) expect((await poll(set(value) as IDataObject)).requests).toBe(1);
		else await expectRefusal(set(value), label);
	});

	it.each(NOTHING)('fails if an expression gives %j', async (value) => {
		await expectRefusal(set(new Expression(value)), label);
	});

	it.each([['unknown'], [['unknown']], [{ x: 1 }], [true]])('fails if it is %j', async (value) => {
		await expectRefusal(set(value), label);
	});

	if (field.type === 'number') {
		it.each([-1, 0.5, Infinity, '1,5', 1e20])('fails if it is %j', async (value) => {
			await expectRefusal(set(value), label);
		});
	}

	it('accepts what it is for', async () => {
		const value = field.name === 'events' ? ['deleted', 'created'] : validValue(field);
		expect((await poll(set(value) as IDataObject)).requests).toBe(1);
	});
});

it.each(['min_change', 'MinChange', 'toString', '__proto__'])(
	'an option "%s" does not exist',
	async (name) => {
		const options = Object.defineProperty({}, name, { value: 1, enumerable: true });
		await expectRefusal({ ...valid, options }, 'Options');
	},
);

it('an event that does not exist is named', async () => {
	for (const events of ['refreshed,deleted', ['refreshed', 'renamed'], 'deleted ']) {
		const { result } = await poll({ ...valid, events } as IDataObject);
		expect(result).toMatchObject({
			message: expect.stringMatching(/^'Trigger On' .*"(refreshed,deleted|renamed|deleted )"/),
		});
	}
});

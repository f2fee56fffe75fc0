import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { optionsField } from '../parameters/options';
import { requestOptionsFields } from '../parameters/requestOptions';
import { segmentField } from '../parameters/segment';
import { simplifyField } from '../parameters/simplify';
import { timeZoneField } from '../parameters/timeZone';
import { createFields, createOperation } from './create';
import { deleteNotice, deleteOperation, deleteOptions } from './delete';
import { getOperation, getOptions } from './get';
import { getManyFields, getManyOperation } from './getAll';
import { refreshOperation } from './refresh';
import { refreshOptions } from './refresh/fields';
import { updateFields, updateOperation } from './update';
import { upsertOperation } from './upsert';
import { waitUntilCountedOptions } from './waitUntilCounted';

export const operations: INodePropertyOptions[] = [
	createOperation,
	upsertOperation,
	deleteOperation,
	getOperation,
	getManyOperation,
	refreshOperation,
	updateOperation,
];

export const operationFields: INodeProperties[] = [
	deleteNotice,
	segmentField,
	timeZoneField,
	...createFields,
	...getManyFields,
	...updateFields,
	simplifyField,
	optionsField([
		...deleteOptions,
		...getOptions,
		...refreshOptions,
		...waitUntilCountedOptions(['create', 'update', 'upsert']),
	]),
	...requestOptionsFields,
];

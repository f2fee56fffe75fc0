import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { createFields, createSegment } from './create';
import { deleteOptions, deleteSegment } from './delete';
import { getOptions, getSegment } from './get';
import { getAllFields, getManySegments } from './getAll';
import { refreshOptions, refreshSegment } from './refresh';
import { updateFields, updateSegment } from './update';
import { optionsField } from '../options';
import { simplifyField } from '../simplify';

export const operations: INodePropertyOptions[] = [
	createSegment,
	deleteSegment,
	getSegment,
	getManySegments,
	refreshSegment,
	updateSegment,
];

export const operationFields: INodeProperties[] = [
	...createFields,
	...getAllFields,
	...updateFields,
	simplifyField,
	optionsField([...deleteOptions, ...getOptions, ...refreshOptions]),
];

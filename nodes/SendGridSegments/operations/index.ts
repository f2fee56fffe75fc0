import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { createFields, createSegment } from './create';
import { deleteFields, deleteSegment } from './delete';
import { getFields, getSegment } from './get';
import { getAllFields, getManySegments } from './getAll';
import { refreshFields, refreshSegment } from './refresh';
import { updateFields, updateSegment } from './update';

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
	...deleteFields,
	...getFields,
	...refreshFields,
];

import type { IDataObject, INode, INodeProperties } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { describeValue, isObject, joinSentences } from '../utils';
import {
	emptyValue,
	isNothing,
	locatorValue,
	parseBoolean,
	parseChoice,
	parseNumber,
	parseText,
} from './values';

/** The fields of a collection; some stand twice, shown under different conditions. */
function listNames(options: Array<{ name: string }>): string {
	const names = [...new Set(options.map(({ name }) => name))];
	return names.length > 0 ? `Valid names are ${names.join(', ')}.` : '';
}

/** What n8n gives a node to read its parameters with. */
export interface ParameterFunctions {
	getNode(): INode;
	getNodeParameter(name: string, fallback?: unknown): unknown;
}

/**
 * Reads the values of fields, as the description defines them: label, default, bounds, choices.
 *
 * A field that is there and whose value is nothing is refused, whatever its type: an expression that
 * finds nothing must never count as "not set", since for a filter or a dry run that would do more than
 * intended. The default applies only if the field itself is absent.
 */
export class ParameterReader {
	/**
	 * @param fields as they were entered, expressions unresolved
	 * @param evaluate resolves the value of one of them
	 */
	private constructor(
		private readonly fields: IDataObject,
		private readonly evaluate: (name: string) => unknown,
	) {}

	/** Reads the parameters of one item, or of a trigger. */
	static of(functions: ParameterFunctions): ParameterReader {
		return new ParameterReader(functions.getNode().parameters as IDataObject, (name) =>
			functions.getNodeParameter(name, null),
		);
	}

	/** Whether an optional field was left empty, as opposed to an expression that returned nothing. */
	isLeftEmpty({ name }: INodeProperties): boolean {
		const value = locatorValue(this.fields[name]);
		return isNothing(value) && !Array.isArray(value);
	}

	/**
	 * A field's value as it is; `undefined` if the field is absent.
	 *
	 * @throws InvalidParameterError if the field is there and its value is nothing
	 */
	value({ name, displayName }: INodeProperties): unknown {
		const given = this.peek({ name });
		if (given && isNothing(given.value)) throw emptyValue(displayName);
		return given?.value;
	}

	/** A field's value, even if it is empty; `undefined` if the field is absent. */
	peek({ name }: Pick<INodeProperties, 'name'>): { value: unknown } | undefined {
		return name in this.fields ? { value: this.evaluate(name) } : undefined;
	}

	boolean(field: INodeProperties): boolean {
		return parseBoolean(this.value(field) ?? field.default, field.displayName);
	}

	number(field: INodeProperties): number {
		const { minValue: min = 0, maxValue: max } = field.typeOptions ?? {};
		return parseNumber(this.value(field) ?? field.default, field.displayName, { min, max });
	}

	choice<Choice extends string>(field: INodeProperties, choices: readonly Choice[]): Choice {
		return parseChoice(this.value(field) ?? field.default, field.displayName, choices);
	}

	/** Text that is not blank; `undefined` if the field is absent. */
	text(field: INodeProperties): string | undefined {
		const value = this.value(field);
		return value === undefined ? undefined : parseText(value, field.displayName);
	}

	/** Text; a blank one counts as absent, because that is how an agent leaves a search text out. */
	searchText(field: INodeProperties): string | undefined {
		const value = this.peek(field)?.value;
		return typeof value === 'string' && value.trim() === '' ? undefined : this.text(field);
	}

	/**
	 * The fields that were added to a collection.
	 *
	 * @param known the fields to accept, if there are more than the collection's own
	 * @throws InvalidParameterError for anything but an object, and for a field that does not exist
	 */
	collection(field: INodeProperties, known?: Array<{ name: string }>): ParameterReader {
		const { displayName: label, options = [] } = field;
		const value = this.value(field) ?? {};
		if (!isObject(value)) {
			throw new InvalidParameterError(
				`'${label}' must be an object`,
				joinSentences(
					`The value is ${describeValue(value)}.`,
					'Add the fields one by one; each can be an expression.',
					listNames(options),
				),
			);
		}
		const unknown = Object.keys(value).find((name) =>
			(known ?? options).every((each) => each.name !== name),
		);
		if (unknown !== undefined) {
			throw new InvalidParameterError(
				`'${label}' has no field ${describeValue(unknown)}`,
				options.length > 0
					? `${listNames(options)} Correct the name or remove the field.`
					: 'Remove the field.',
			);
		}
		return new ParameterReader(value, (name) => value[name]);
	}
}

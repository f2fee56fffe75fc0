import { parseArgs } from 'node:util';

import { parseBaseUrl } from '../../credentials/baseUrl';

export const USAGE = `Usage: SENDGRID_API_KEY=… npm run test:live -- [options]

Compares what this package assumes about SendGrid's API with what the real SendGrid answers.

  --refresh    also refresh a segment; uses one of the account's ten refreshes a day, at most two
  --contacts   also create one contact, wait for it, export it, and delete it (up to ten minutes more)
  --out DIR    the folder for report.md and answers.json; default: sendgrid-answers/ and the time
  --clean      only delete what an earlier run left, by its name
  --yes        do not ask before starting
  --help       show this

SENDGRID_BASE_URL   another address: https://api.eu.sendgrid.com, or the simulator (npm run simulator)

Exit code: 0 all as assumed or not seen, 1 did not run to the end, 2 something differs, 130 interrupted.
`;

export const HOW_TO_GET_A_KEY = `This command needs an API key of a SendGrid account, and there is none in SENDGRID_API_KEY.

1. Sign in at https://app.sendgrid.com. --refresh needs a plan with Marketing Campaigns Basic or Advanced.
2. Open Settings > API Keys and click Create API Key.
3. Choose Restricted Access and give Marketing full access. Nothing else is needed.
4. Copy the key. SendGrid shows it only once. Then run

   read -rs SENDGRID_API_KEY && export SENDGRID_API_KEY    (paste the key, press Enter)
   npm run test:live

Delete the key in SendGrid afterwards if you do not need it. --help shows the options.`;

export interface LiveOptions {
	refresh: boolean;
	contacts: boolean;
	clean: boolean;
	yes: boolean;
	help: boolean;
	/** The folder for the answers. */
	out: string;
	apiKey?: string;
	baseUrl: string;
}

/** @throws Error with a message for the terminal */
export function parseOptions(args: string[], env: NodeJS.ProcessEnv): LiveOptions {
	const flag = { type: 'boolean', default: false } as const;
	const { values } = parseArgs({
		args,
		options: {
			refresh: flag,
			contacts: flag,
			clean: flag,
			yes: flag,
			help: flag,
			out: { type: 'string' },
		},
	});
	if (values.out?.trim() === '') throw new Error('--out needs the name of a folder.');
	const base = parseBaseUrl(env.SENDGRID_BASE_URL);
	if ('message' in base) {
		throw new Error(
			'SENDGRID_BASE_URL is not an address that a key may be sent to: it must start with https://, or be http:// on this computer.',
		);
	}
	const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
	return {
		...(values as Required<typeof values>),
		out: values.out ?? `sendgrid-answers/${time}`,
		apiKey: env.SENDGRID_API_KEY?.trim() || undefined,
		baseUrl: base.baseUrl,
	};
}

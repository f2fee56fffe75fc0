import { CONTROL_HELP } from './control';
import { startSimulator } from './index';
import { DEMO_OPTIONS } from './demoData';

async function main(): Promise<void> {
	const port = Number(process.env.PORT ?? 3999);
	const simulator = await startSimulator({
		port,
		filePort: port && port + 1,
		log: true,
		...DEMO_OPTIONS,
	});
	console.log(`SendGrid Segments simulator at ${simulator.url}

API keys
  all rights             ${simulator.keys.full}
  all rights, another    ${simulator.keys.second}
  no Marketing access    ${simulator.keys.noMarketing}
  may only read          ${simulator.keys.readOnly}
  free plan              ${simulator.keys.freePlan}
  IP address not allowed ${simulator.keys.blockedIp}
  revoked                ${simulator.keys.revoked}

Segments
${[...simulator.segments.values()].map(({ id, name }) => `  ${id}  ${name}`).join('\n')}

How to drive it, no key needed
${CONTROL_HELP.replace(/^/gm, '  ').trimEnd()}

For example
  curl -X POST ${simulator.url}/_simulator/fault -d '{"status":503}'
`);
	const stop = () => {
		void simulator.stop().then(() => process.exit(0));
	};
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});

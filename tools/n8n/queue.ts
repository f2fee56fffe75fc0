import { randomBytes } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres, type Postgres } from '../services/postgres';
import { startRedis, type Redis } from '../services/redis';
import type { RunningProcess } from '../startProcess';
import type { InstalledN8n } from './install';
import { NODES_FOLDER, startInstance, type Instance } from './instance';
import { startN8nWorker } from './server';

/** An n8n in queue mode: the main process receives webhooks, the workers run executions. */
export interface QueueInstance {
	main: Instance;
	/** All workers, in the order of their start, including those that have exited. */
	workers: RunningProcess[];
	redis: Redis;
	postgres: Postgres;
	startWorker: () => Promise<RunningProcess>;
	/** Stops the workers, the main process, Redis and PostgreSQL. */
	stop: () => Promise<void>;
}

interface QueueOptions {
	/** This package's tarball. */
	tarball: string;
	/** A new folder for the user folders of the main process and the workers. */
	folder: string;
	/** Default: 2. */
	workerCount?: number;
	/** Port of the main process. Default: any free port. */
	port?: number;
	/** For the main process and all workers. */
	env?: Record<string, string>;
}

/** Starts a new n8n in queue mode with Redis, PostgreSQL and this package. */
export async function startQueueInstance(
	n8n: InstalledN8n,
	{ tarball, folder, workerCount = 2, port, env }: QueueOptions,
): Promise<QueueInstance> {
	const started: Array<{ stop: () => Promise<void> }> = [];
	const stop = async () => {
		for (const process of started.splice(0).reverse()) await process.stop();
	};
	const stopLater = <T extends { stop: () => Promise<void> }>(process: T): T => {
		started.push(process);
		return process;
	};
	try {
		const postgres = stopLater(await startPostgres());
		const redis = stopLater(await startRedis());
		const queueEnv = { ...queueSettings(redis, postgres), ...env };
		// The main process creates the tables, so it starts before the workers.
		const main = stopLater(
			await startInstance(n8n, {
				tarball,
				userFolder: join(folder, 'main'),
				port,
				env: queueEnv,
				database: { postgres: databaseUrl(postgres) },
			}),
		);
		const workers: RunningProcess[] = [];
		let workerNumber = 0;
		const startWorker = async () => {
			const userFolder = join(folder, `worker-${++workerNumber}`);
			await cp(join(folder, 'main', NODES_FOLDER), join(userFolder, NODES_FOLDER), {
				recursive: true,
			});
			const worker = stopLater(await startN8nWorker(n8n, { userFolder, env: queueEnv }));
			workers.push(worker);
			return worker;
		};
		for (let i = 0; i < workerCount; i++) await startWorker();
		return { main, workers, redis, postgres, startWorker, stop };
	} catch (reason) {
		await stop();
		throw reason;
	}
}

const queueSettings = (redis: Redis, postgres: Postgres): Record<string, string> => ({
	EXECUTIONS_MODE: 'queue',
	N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'),
	QUEUE_BULL_REDIS_HOST: redis.host,
	QUEUE_BULL_REDIS_PORT: `${redis.port}`,
	DB_TYPE: 'postgresdb',
	DB_POSTGRESDB_HOST: postgres.host,
	DB_POSTGRESDB_PORT: `${postgres.port}`,
	DB_POSTGRESDB_DATABASE: postgres.database,
	DB_POSTGRESDB_USER: postgres.user,
});

const databaseUrl = ({ user, host, port, database }: Postgres): string =>
	`postgresql://${user}@${host}:${port}/${database}`;

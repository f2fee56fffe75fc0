export default async function stopServers(): Promise<void> {
	await Promise.all(globalThis.n8nInstances.map(async (instance) => await instance.stop()));
	await globalThis.httpsProxy.stop();
}

import { describeInEditor } from '../ui/describeInEditor';
import { eventually } from '../eventually';

/** What people type into n8n's nodes panel who look for this node. */
const PHRASES = [
	'sendgrid',
	'send grid',
	'twilio segment',
	'sendgrid delete',
	'sendgrid segment',
	'refresh segment',
	'refresh a segment',
	'refresh segments',
	'refresh sendgrid segment',
	'refresh audience',
	'create segment',
	'update segment',
	'update audience',
	'delete segment',
	'delete sendgrid segment',
	'delete audience',
	'list segments',
	'segment members',
	'contacts of a segment',
	'segment contacts',
	'get contacts',
	'export contacts',
	'check contact',
	'sync contacts',
	'subscribers',
	'email marketing',
	'email list',
	'mailing list',
	'marketing list',
	'contact list',
	'newsletter',
	'audience',
	'segment refreshed',
	'segment deleted',
	'segment grows',
	'new subscribers',
	'new contacts',
	'sendgrid trigger',
];

describeInEditor((ctx) => {
	test("n8n's search finds the node by what people type", async () => {
		const { editor } = ctx;
		await editor.openNew();
		await editor.byTestId('canvas-add-button').click();
		const search = editor.byTestId('node-creator-search-bar');
		await search.waitFor();
		for (const phrase of PHRASES) {
			await search.fill(phrase);
			await eventually(async () => {
				expect([phrase, ...(await editor.nodeCreatorItems.allInnerTexts())]).toContainEqual(
					// Before n8n 2, without its description.
					expect.stringMatching(/^SendGrid Segments(\s|$)/),
				);
			});
			// The next phrase must not be found by what is still there.
			await search.fill('no such node');
			await editor.nodeCreatorItems.first().waitFor({ state: 'hidden' });
		}
	});
});

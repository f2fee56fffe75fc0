/** Words that stay out of every message that users see in n8n. */
export const FORBIDDEN_WORDS = /\b(error|problem|failure|mistake)s?\b/i;

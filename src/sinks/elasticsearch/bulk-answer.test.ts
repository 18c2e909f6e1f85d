import assert from 'node:assert/strict';
import { it } from 'node:test';
import { rememberSecret } from '../../lib/known-secrets.ts';
import { itemOutcomes } from './bulk-answer.ts';

it('says why a document is refused, with its identity and without a credential', () => {
  rememberSecret('#password#');
  const id = '6f1c7a52-9d3e-4f58-8b21-0c4e5d6f7a8b';
  const reason = `document ${id} of siem:#password# has no time`;
  const create = { status: 400, error: { type: 'document_parsing_exception', reason } };
  const [outcome] = itemOutcomes({ items: [{ create }] }, 1) ?? [];
  const shown = `document_parsing_exception: document ${id} of siem:… has no time`;
  assert.deepEqual(outcome, { poisoned: `Elasticsearch refuses it with 400: ${shown}` });
});

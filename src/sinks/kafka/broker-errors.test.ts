import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  MultipleErrors,
  NetworkError,
  ProtocolError,
  protocolErrors,
  UserError,
} from '@platformatic/kafka';
import { AppError } from '../../core/errors.ts';
import { brokerErrors, isAboutRecords, outcomeOf } from './broker-errors.ts';

const place = 'kafka.example.com:9092';

function outcome(error: unknown): string {
  try {
    return Object.keys(outcomeOf(error, place, 'security')).join();
  } catch (failure) {
    assert.ok(failure instanceof AppError);
    assert.match(failure.message, /^kafka\.example\.com:9092/);
    return failure.code;
  }
}

describe('answers of brokers', () => {
  it('mean to try again, to call somebody, or that a record is not acceptable', () => {
    const expected = {
      retry: 'sink_unavailable',
      operator: 'sink_refused',
      'too large': 'tooLarge',
      poisoned: 'poisoned',
    };
    for (const [name, [meaning, words]] of Object.entries(brokerErrors)) {
      assert.ok(name in protocolErrors, `${name} is not in the protocol`);
      const error = new ProtocolError(name);
      assert.equal(outcome(error), expected[meaning], name);
      assert.equal(isAboutRecords(error), meaning === 'too large' || meaning === 'poisoned', name);
      assert.match(words, /\w+ \w+/);
    }
  });

  it('are found in what the client wraps them in; the last attempt counts', () => {
    const authentication = new ProtocolError('SASL_AUTHENTICATION_FAILED');
    const failed = new NetworkError('Connection to a:1 failed.', { cause: authentication });
    assert.equal(
      outcome(new MultipleErrors('Cannot connect to any broker.', [failed])),
      'sink_refused',
    );
    const attempts = [
      new ProtocolError('TOPIC_AUTHORIZATION_FAILED'),
      new ProtocolError('NOT_ENOUGH_REPLICAS'),
    ];
    assert.equal(
      outcome(new MultipleErrors('produce failed 2 times.', attempts)),
      'sink_unavailable',
    );
    assert.equal(outcome(new UserError('Unknown topic security.')), 'sink_refused');
  });

  it('that never came are explained by what broke the connection', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const failed = new NetworkError('Connection to a:1 failed.', { cause: refused });
    const error = new MultipleErrors('Cannot connect to any broker.', [failed]);
    assert.throws(() => outcomeOf(error, place, 'security'), {
      code: 'sink_unavailable',
      message: /nothing listens on this port/,
    });
    const untrusted = Object.assign(new Error('self-signed'), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    assert.equal(
      outcome(new NetworkError('Connection failed.', { cause: untrusted })),
      'sink_refused',
    );
    assert.equal(outcome(new Error('something else')), 'sink_unavailable');
  });
});

import type { TailraceEvent } from '../core/event.ts';
import type { Position } from '../core/stream.ts';
import type { Encoder } from '../encode/encoder.ts';
import type { EncodedEvent } from '../sinks/sink.ts';

/** What a sink gets of an event. */
export function encodedEvent(
  event: TailraceEvent,
  position: Position,
  encode: Encoder,
): EncodedEvent {
  const { id, occurredAtMs, type, severity } = event;
  return { position, id, occurredAtMs, type, severity, line: encode(event) };
}

import { Group, Text } from '@mantine/core';
import mark from './tailrace-mark.svg';

export function Brand() {
  return (
    <Group gap={10} wrap="nowrap">
      <img src={mark} width={28} height={28} alt="" />
      <Text fw={700} size="lg" lts="-0.01em">
        Tailrace
      </Text>
    </Group>
  );
}

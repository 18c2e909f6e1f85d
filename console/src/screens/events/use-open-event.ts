import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

/** Moving through the list with the keyboard opens where it comes to rest. */
const restMs = 120;

/** Which event is open (the URL says it), which row is active, and how one leads to the other. */
export function useOpenEvent(
  openPosition: number | undefined,
  onOpen: (position: number | undefined) => void,
  focusList: () => void,
) {
  const [active, setActive] = useState(openPosition);
  const openSoon = useDebouncedCallback(onOpen, restMs);
  return {
    active,
    activate: (position: number) => {
      setActive(position);
      if (openPosition !== undefined) openSoon(position);
    },
    open: (position: number) => {
      openSoon.cancel();
      setActive(position);
      onOpen(position);
    },
    close: () => {
      openSoon.cancel();
      onOpen(undefined);
      focusList();
    },
  };
}

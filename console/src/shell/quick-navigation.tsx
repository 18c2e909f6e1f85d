import { ActionIcon, Modal, Stack, Text, TextInput, Tooltip, NavLink } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useSession } from '../session/session-context.ts';
import { navigation, type NavigationEntry } from './navigation-entries.ts';

/** Ctrl-K or Cmd-K: type a few letters of a screen's name, press Enter. */
export function QuickNavigation() {
  const [isOpen, { open, close }] = useDisclosure(false);
  useHotkeys([['mod+K', open]], []);
  return (
    <>
      <Tooltip label="Go to… (Ctrl K)" withArrow>
        <ActionIcon
          variant="default"
          size={36}
          radius="xl"
          aria-label="Go to a screen"
          onClick={open}
        >
          <IconSearch size={18} />
        </ActionIcon>
      </Tooltip>
      <Modal opened={isOpen} onClose={close} title="Go to" size="sm" yOffset="12vh">
        <Search onChosen={close} />
      </Modal>
    </>
  );
}

function Search({ onChosen }: { readonly onChosen: () => void }) {
  const { role } = useSession();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const navigate = useNavigate();
  const found = search(
    navigation[role].flatMap(({ entries }) => entries),
    text,
  );
  const go = (entry: NavigationEntry | undefined): void => {
    if (entry === undefined) return;
    onChosen();
    void navigate(entry.to);
  };
  return (
    <Stack gap="xs">
      <TextInput
        data-autofocus
        aria-label="Screen"
        placeholder="Name of a screen"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(found[chosen]);
          if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, found.length - 1));
          if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
        }}
      />
      <div>
        {found.map((entry, index) => (
          <NavLink
            key={entry.to}
            component="button"
            label={entry.title}
            active={index === chosen}
            leftSection={<entry.icon size={16} aria-hidden />}
            onClick={() => go(entry)}
          />
        ))}
        {found.length === 0 && (
          <Text size="sm" c="dimmed" role="status">
            No screen is called so.
          </Text>
        )}
      </div>
    </Stack>
  );
}

function search(entries: readonly NavigationEntry[], text: string): readonly NavigationEntry[] {
  const wanted = text.trim().toLowerCase();
  return entries.filter(({ title }) => title.toLowerCase().includes(wanted));
}

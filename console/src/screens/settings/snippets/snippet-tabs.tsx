import { Code, Group, ScrollArea, Stack, Switch, Tabs, Text } from '@mantine/core';
import { useState } from 'react';
import { CopyButton } from '../../../components/copy-button.tsx';
import { notifyFailed } from '../../../components/notify.ts';
import type { Snippet } from './snippet.ts';
import classes from './snippet-tabs.module.css';

interface SnippetTabsProps {
  /** What the secret is: `token`, `key`. */
  readonly what: string;
  readonly snippets: (secret: string | undefined) => readonly Snippet[];
  /** Asked only when the reader wants it in the text; without it there is no such choice. */
  readonly secret?: () => Promise<string>;
}

/** Ready to paste. The secret stays out unless it is asked for. */
export function SnippetTabs({ what, snippets, secret }: SnippetTabsProps) {
  const [inserted, setInserted] = useState<string>();
  const shown = snippets(inserted);
  const toggle = async (insert: boolean): Promise<void> => {
    if (!insert || secret === undefined) return setInserted(undefined);
    try {
      setInserted(await secret());
    } catch (error) {
      notifyFailed(error);
    }
  };
  return (
    <Stack gap="sm">
      {secret !== undefined && (
        <Switch
          label={`Put the ${what} into the text`}
          checked={inserted !== undefined}
          onChange={(event) => void toggle(event.currentTarget.checked)}
        />
      )}
      <Tabs defaultValue={shown[0]?.title ?? ''} keepMounted={false}>
        <ScrollArea type="auto" offsetScrollbars="x" scrollbarSize={6}>
          <Tabs.List className={classes['list']}>
            {shown.map(({ title }) => (
              <Tabs.Tab key={title} value={title}>
                {title}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </ScrollArea>
        {shown.map((snippet) => (
          <Tabs.Panel key={snippet.title} value={snippet.title} pt="sm">
            <OneSnippet {...snippet} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}

function OneSnippet({ title, place, text }: Snippet) {
  return (
    <Stack gap={6}>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" c="dimmed">
          {place}
        </Text>
        <CopyButton value={text} label={`Copy the text for ${title}`}>
          Copy
        </CopyButton>
      </Group>
      <Code
        block
        className={classes['code']}
        tabIndex={0}
        role="region"
        aria-label={`${title}, ${place}`}
      >
        {text}
      </Code>
    </Stack>
  );
}

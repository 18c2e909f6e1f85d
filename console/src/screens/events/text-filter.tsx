import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

interface TextFilterProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  /** After a pause in typing, or at once on Enter. */
  readonly onChange: (text: string) => void;
}

const pauseMs = 350;
const charactersMax = 200;

/** A text to look for, which takes effect when the typing pauses. */
export function TextFilter({ label, placeholder, value, onChange }: TextFilterProps) {
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  const [taken, setTaken] = useState(value);
  const take = (text: string): void => {
    setTaken(text);
    onChange(text);
  };
  const takeLater = useDebouncedCallback(take, pauseMs);
  if (value !== seen) {
    setSeen(value);
    // Changed from elsewhere: Back, a link. What was taken here comes back while typing goes on.
    if (value !== taken) {
      setTaken(value);
      setTyped(value);
    }
  }
  return (
    <TextInput
      type="search"
      label={label}
      placeholder={placeholder}
      value={typed}
      maxLength={charactersMax}
      spellCheck={false}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        typed !== '' && (
          <CloseButton
            size="sm"
            aria-label={`Clear ${label.toLowerCase()}`}
            onClick={() => {
              takeLater.cancel();
              setTyped('');
              take('');
            }}
          />
        )
      }
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        takeLater(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') takeLater.flush();
      }}
    />
  );
}

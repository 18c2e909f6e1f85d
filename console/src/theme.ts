import {
  Badge,
  createTheme,
  defaultCssVariablesResolver,
  Modal,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

/** Deep water: the shades from 7 on carry white text at more than 4.5 : 1. */
const tide: MantineColorsTuple = [
  '#e6f6fa',
  '#d0e9f0',
  '#a3d3e1',
  '#72bcd2',
  '#4aa7c3',
  '#2f94b3',
  '#1c7f9d',
  '#0f6a86',
  '#0a5870',
  '#06455a',
];

export const theme = createTheme({
  colors: { tide },
  primaryColor: 'tide',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily:
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif",
  fontFamilyMonospace:
    "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono', 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: '650' },
  components: {
    Badge: Badge.extend({
      defaultProps: { variant: 'light' },
      styles: { root: { textTransform: 'none' } },
    }),
    Modal: Modal.extend({
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' } },
      styles: { title: { fontWeight: 650, fontSize: 'var(--mantine-font-size-lg)' } },
    }),
  },
});

/** Text of these colors on white and on their own light shade. */
const readableOnLight = {
  red: '#b02525',
  orange: '#9c3d00',
  yellow: '#8a4b00',
  green: '#1d6b2a',
  teal: '#066649',
} as const;

const readableTexts = Object.fromEntries(
  Object.entries(readableOnLight).flatMap(([name, value]) => [
    [`--mantine-color-${name}-text`, value],
    [`--mantine-color-${name}-light-color`, value],
  ]),
);

/** On dark these stay recognisable; Mantine's own are almost white. */
const colorfulOnDark = Object.fromEntries(
  Object.keys(readableOnLight).map((name) => [
    `--mantine-color-${name}-light-color`,
    `var(--mantine-color-${name}-2)`,
  ]),
);

/** Mantine's own greys and reds for small text miss 4.5 : 1; these reach it in both schemes. */
export const readableColors: CSSVariablesResolver = (resolved) => {
  const { variables, light, dark } = defaultCssVariablesResolver(resolved);
  return {
    variables,
    light: {
      ...light,
      '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
      '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
      '--mantine-color-error': 'var(--mantine-color-red-9)',
      '--mantine-color-success': '#066649',
      '--mantine-color-disabled-color': 'var(--mantine-color-gray-6)',
      ...readableTexts,
    },
    dark: {
      ...dark,
      '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
      '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
      '--mantine-color-error': 'var(--mantine-color-red-4)',
      '--mantine-color-success': 'var(--mantine-color-teal-4)',
      '--mantine-color-disabled-color': 'var(--mantine-color-dark-2)',
      '--mantine-color-tide-light': '#0d3c4b',
      '--mantine-color-tide-light-hover': '#12495b',
      '--mantine-primary-color-light': '#0d3c4b',
      '--mantine-primary-color-light-hover': '#12495b',
      ...colorfulOnDark,
    },
  };
};
